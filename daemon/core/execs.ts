/**
 * Commands in a set's container: one-shot with collected output, or a session for the exec channel.
 *
 * Invariant: a command ends when its client leaves.
 */
import type { ExecOpen, ExecView } from '../../common/contract/exec.ts';
import { AppError } from '../../common/errors.ts';
import { executeOutputBytesMax } from '../../common/limits.ts';
import type { Caller, Services } from '../../common/router.ts';
import type { Engine, ExecSession } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import type { ExecSessions, Held } from './execSessions.ts';
import { nameNow } from './fates.ts';
import { requireSet } from './operations/intents.ts';
import type { ReplicaSetRecord } from './records.ts';
import type { State } from './state.ts';

export interface ExecParts {
  readonly state: State;
  readonly engine: Engine;
}

type Executed = Awaited<ReturnType<Services['replicaSet']['execute']>>;
type ExecuteInput = Parameters<Services['replicaSet']['execute']>[0];

/** Throws NOT_FOUND, WRONG_STATE for a set that does not run, COMMAND_NOT_STARTED, ENGINE_… errors. */
export async function openExec(parts: ExecParts, open: ExecOpen): Promise<ExecSession> {
  const { set, version } = requireSet(parts, open.name);
  if (set.desired !== 'running') {
    throw new AppError(
      'WRONG_STATE',
      `${open.name} is ${set.desired}, so nothing can run in it. Bring it back with start`,
    );
  }
  const { name: _, workDir, user, columns, rows, ...rest } = open;
  try {
    return await parts.engine.exec(version.containerId, { ...rest, workDir, user, columns, rows });
  } catch (error) {
    throw toAppError(error);
  }
}

const explain = (error: unknown): never => {
  throw toAppError(error);
};

/** The procedures of sessions. */
export const execServices = (parts: ExecParts, sessions: ExecSessions): Services['exec'] => ({
  create: async (input, { actor }) => {
    const { name, cmd, tty } = input;
    const { set, version } = requireSet(parts, name);
    const facts = { uid: set.uid, name, version: version.version, cmd, tty, actor };
    return await sessions.create(facts, () => openExec(parts, input));
  },
  list: async ({ name }) =>
    sessions
      .list()
      .map((held) => viewNow(parts, held))
      .filter((view) => name === undefined || view.name === name),
  get: async ({ id }) => viewNow(parts, sessions.get(id)),
  resize: async ({ id, w, h }) => {
    const held = sessions.get(id);
    if (!held.view.tty) throw new AppError('WRONG_STATE', `session ${id} has no terminal; one is asked for with tty`);
    if (held.view.state === 'ended') throw new AppError('WRONG_STATE', `session ${id} has ended`);
    await held.resize(w, h).catch(explain);
    return null;
  },
  kill: async ({ id }) => {
    const held = sessions.get(id);
    await held.kill().catch(explain);
    return viewNow(parts, held);
  },
});

/** Under the name that its set has by now. */
const viewNow = (parts: ExecParts, { uid, view }: Held): ExecView => ({
  ...view,
  name: nameNow(parts, { uid, name: view.name }),
});

/** Commands in sessions that end with a set's container, as a plan says it. */
export const sessionsEnded = (sessions: ExecSessions, { uid }: Pick<ReplicaSetRecord, 'uid'>): readonly string[] =>
  sessions
    .list()
    .filter((held) => held.uid === uid && held.view.state === 'running')
    .map(({ view: { id, cmd, actor } }) => `session ${id} of ${actor} ends: ${cmd.join(' ')}`);

export async function execute(parts: ExecParts, input: ExecuteInput, caller: Caller): Promise<Executed> {
  const { name, cmd } = input;
  const session = await openExec(parts, {
    name,
    cmd,
    tty: false,
    stdin: false,
    env: [],
    workDir: input.workDir ?? undefined,
  });
  const leave = (): void => void session.kill().catch(() => undefined);
  caller.signal.addEventListener('abort', leave);
  if (caller.signal.aborted) leave();
  try {
    const output = await collect(session);
    return { ...output, exitCode: await session.exitCode() };
  } catch (error) {
    leave();
    throw toAppError(error);
  } finally {
    caller.signal.removeEventListener('abort', leave);
  }
}

/** Reads to the end, so that the command is never blocked by output that nobody keeps. */
async function collect(session: ExecSession): Promise<Omit<Executed, 'exitCode'>> {
  const kept: { readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }[] = [];
  let size = 0;
  for await (const chunk of session.output) {
    if (size < executeOutputBytesMax) kept.push(chunk);
    size += chunk.bytes.length;
  }
  const text = (stream?: 'stdout' | 'stderr'): string =>
    Buffer.concat(kept.filter((chunk) => stream === undefined || chunk.stream === stream).map((chunk) => chunk.bytes))
      .subarray(0, executeOutputBytesMax)
      .toString('utf8');
  return { stdout: text(), stderr: text('stderr'), output: text('stdout'), truncated: size > executeOutputBytesMax };
}
