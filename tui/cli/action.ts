/**
 * One command of the contract from its input to its answer: plan, question, call with progress, result.
 *
 * Not here: subscriptions (events.ts), failures (failure.ts), how answers look (output/).
 */
import type { Client } from '../../common/client.ts';
import { failureOf } from '../../common/clientFailure.ts';
import { contract } from '../../common/contract/index.ts';
import type { SetView } from '../../common/contract/views.ts';
import { safeJson } from '../safe.ts';
import { clientVersion } from './clientVersion.ts';
import type { CommandSpec } from './commands.ts';
import { confirmed } from './confirm.ts';
import type { Context } from './context.ts';
import { Interrupted } from './failure.ts';
import type { RawInput } from './input.ts';
import { rendererOf, showsSet } from './output/index.ts';
import { endedAtOnce } from './output/outcome.ts';
import { clientVersionText } from './output/version.ts';
import { Progress } from './progress.ts';
import { exitCode } from './terminal.ts';

/** Returns the exit code. Throws what the daemon reports, and UsageError. */
export async function act(context: Context, spec: CommandSpec, input: RawInput): Promise<number> {
  const client = await connected(context, spec);
  try {
    const go = spec.cli.confirm === undefined ? 'go' : await confirmed(context, client, spec, input);
    if (go === 'planned') return exitCode.ok;
    if (go === 'declined') {
      context.note('Nothing was changed.');
      return exitCode.failed;
    }
    if (spec.procedure.kind === 'query') {
      return await show(context, client, spec, input, await client.byPath.query(spec.path, input));
    }
    const output = await change(context, client, spec, input);
    const isSilent = context.options.quiet === true && context.options.json !== true;
    return isSilent ? exitCode.ok : await show(context, client, spec, input, output);
  } finally {
    await client.close();
  }
}

/** `berth version` has something to say even without a daemon. */
async function connected(context: Context, spec: CommandSpec): Promise<Client> {
  try {
    return await context.connect();
  } catch (error) {
    if (spec.procedure === contract.system.version && context.options.json !== true) {
      context.print(clientVersionText(clientVersion()));
    }
    throw error;
  }
}

async function change(context: Context, client: Client, spec: CommandSpec, input: RawInput): Promise<unknown> {
  const name = subject(spec, input);
  const progress = name === '' ? undefined : new Progress(context, client, operationSubject(spec, name));
  const left = new AbortController();
  const interrupted = Promise.withResolvers<never>();
  const stopListening = context.terminal.onInterrupt(() => interrupted.reject(leaving(spec, name)));
  try {
    await progress?.begin();
    const { idempotencyKey } = context.options;
    const keyed = idempotencyKey === undefined ? input : { ...input, idempotencyKey };
    const call = client.byPath.mutation(spec.path, keyed, { signal: left.signal });
    call.catch(() => undefined); // Lost on purpose once interrupted.
    return await Promise.race([call, interrupted.promise]);
  } finally {
    stopListening();
    await progress?.end();
    left.abort();
  }
}

function leaving({ group }: CommandSpec, name: string): Interrupted {
  const look = name === '' ? 'events' : group === 'volume' ? `volume info ${name}` : `info ${name}`;
  return new Interrupted(`left; berthd finishes or undoes what it began. \`berth ${look}\` shows how it went`);
}

/** The replicaSet or volume that a command is about; empty for GPUs, ports and the daemon. */
function subject({ group }: CommandSpec, input: RawInput): string {
  const name = input.replicaSetName ?? input.name;
  return (group === 'replicaSet' || group === 'volume') && typeof name === 'string' ? name : '';
}

/** What its operation goes by in events. */
const operationSubject = (spec: CommandSpec, name: string): string =>
  spec.group === 'volume' ? `volume:${name.replace(/-\d+$/, '')}` : name;

/** Returns the exit code. */
async function show(
  context: Context,
  client: Client,
  spec: CommandSpec,
  input: RawInput,
  output: unknown,
): Promise<number> {
  const render = rendererOf(spec.procedure);
  if (context.options.json === true || render === undefined) {
    context.print(safeJson(output, 2));
    return exitCode.ok;
  }
  const name = subject(spec, input);
  const set = showsSet(spec.procedure) ? await lookUp(client, name) : undefined;
  if (set?.state === 'exited') {
    context.note(endedAtOnce(set));
    return exitCode.failed;
  }
  const reason = typeof input.reason === 'string' ? input.reason : null;
  const answer = { output: output as never, name, reason, set, client: clientVersion() };
  context.print(render(answer, context.view()));
  return exitCode.ok;
}

/** A change that worked is not turned into a failure by not being able to look at it. */
async function lookUp(client: Client, name: string): Promise<SetView | undefined> {
  try {
    return await client.trpc.replicaSet.status.query({ name });
  } catch (error) {
    if (failureOf(error).kind === 'fault') throw error;
    return undefined;
  }
}
