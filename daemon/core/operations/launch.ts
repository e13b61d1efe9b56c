/**
 * Creates and starts the container of a new version. What the start teaches about the host is written down:
 * a host port held by somebody else is marked foreign and the next one taken, a GPU that fails is quarantined.
 *
 * Not here: undoing (the operation that launched does that), choosing (ledger.ts).
 */
import type { PortGrant } from '../../../common/contract/views.ts';
import { AppError } from '../../../common/errors.ts';
import { containerSpec } from '../containerSpec.ts';
import { engine, type Operation, wait, write } from '../effects.ts';
import type { ContainerSpec, EngineError } from '../engine.ts';
import { LABEL } from '../labels.ts';
import { replacePort } from '../ledger.ts';
import { endpointsOf } from '../networkLinks.ts';
import { recordText } from '../recordLabel.ts';
import { type IntentRecord, put, type VersionRecord } from '../records.ts';
import { ledgerView, type OperationContext, stamp } from './context.ts';
import { discard } from './discard.ts';
import { quarantine } from './quarantine.ts';
import { ensureConnected, ensureCreated, ensureStarted, isKind } from './settle.ts';

/** Long enough for an init to find that there is no such command, short beside a start. */
const COMMAND_START_MS = 30;

/** As shells say it: not executable, not found. */
const NOT_STARTED: ReadonlySet<number> = new Set([126, 127]);

/** A version that has everything but its container. */
export type Draft = Omit<VersionRecord, 'containerId' | 'amendments' | 'snapshot'>;

/** The version with its running container, and the ports it really got. */
export function* launch(
  ctx: OperationContext,
  draft: Draft,
  uid: string,
  binds: readonly string[],
): Operation<VersionRecord> {
  let { ports } = draft;
  for (;;) {
    ctx.progress.step('create container');
    const version = { ...draft, ports };
    const spec = containerSpec(version, { instance: ctx.instance, uid, settings: ctx.settings, binds });
    const containerId = yield* ensureCreated(ctx, withRecord(ctx, spec, uid, version));
    for (const endpoint of endpointsOf(version).others) yield* ensureConnected(containerId, endpoint);
    ctx.progress.step('start container');
    try {
      yield* ensureStarted(ctx, containerId, draft.name, null);
      return { ...version, containerId, amendments: [], snapshot: null };
    } catch (error) {
      const lost = lostPort(error, ports);
      if (lost === undefined && !isKind(error, 'limits')) throw yield* explainStart(ctx, error, draft.gpus);
      yield* makeWay(ctx, containerId, error);
      if (lost !== undefined) ports = yield* swapPort(ctx, draft.name, ports, lost);
    }
  }
}

/** The init of the container starts in any case; only its end tells that the command itself could not be. */
export function* requireCommand({ name, containerId, spec }: VersionRecord): Operation<void> {
  yield* wait(COMMAND_START_MS);
  const container = yield* engine('inspectContainer', containerId);
  if (container === undefined || container.running || !NOT_STARTED.has(container.exitCode)) return;
  const words = [...(spec.entrypoint ?? []), ...spec.cmd];
  const command = words.length > 0 ? words.join(' ') : 'the command of its image';
  throw new AppError('COMMAND_NOT_STARTED', `${name} ended at once with exit code ${container.exitCode}: ${command}`);
}

/** For another try; not on GPUs on which an engine that died in the start has left a process. */
function* makeWay(ctx: OperationContext, containerId: string, error: unknown): Operation<void> {
  const made = yield* engine('inspectContainer', containerId);
  const intent = ctx.state.table('intent').get(ctx.id);
  if (made !== undefined && intent !== undefined && (yield* discard(ctx, intent, made))) throw error;
}

/** So that the record can be made again from its container. */
function withRecord(ctx: OperationContext, spec: ContainerSpec, uid: string, version: Draft): ContainerSpec {
  const known = ctx.state.table('set').get(version.name);
  const set = known?.uid === uid ? known : { uid, owner: ctx.actor, createdAt: version.createdAt };
  const record = recordText({ instance: ctx.instance, set, version });
  return record === undefined ? spec : { ...spec, labels: { ...spec.labels, [LABEL.record]: record } };
}

/** The engine names the port it could not bind; with a single one there is no doubt either. */
export function lostPort(error: unknown, ports: readonly PortGrant[]): PortGrant | undefined {
  if (!isKind(error, 'portTaken')) return undefined;
  return ports.find((grant) => grant.hostPort === error.port) ?? (ports.length === 1 ? ports[0] : undefined);
}

function* swapPort(
  ctx: OperationContext,
  name: string,
  ports: readonly PortGrant[],
  lost: PortGrant,
): Operation<PortGrant[]> {
  const { grant, changes } = replacePort(ledgerView(ctx), { name, operation: ctx.id }, lost);
  const intent = ctx.state.table('intent').get(ctx.id);
  const noted = intent === undefined ? [] : [put('intent', ctx.id, withPort(intent, grant.hostPort))];
  yield* write(...changes, ...noted);
  return ports.map((port) => (port === lost ? grant : port));
}

const withPort = (intent: IntentRecord, port: number): IntentRecord => ({
  ...intent,
  addedPorts: [...intent.addedPorts, port],
});

/** Turns a failed start into what the user is told, after quarantining the GPUs it blames. */
export function* explainStart(ctx: OperationContext, error: unknown, gpus: readonly string[]): Operation<unknown> {
  if (!isKind(error, 'device')) return error;
  if (error.message.includes('could not select device driver')) return noRuntime(error);
  const named = gpus.filter((uuid) => error.message.includes(uuid));
  const blamed = named.length > 0 ? named : gpus;
  const changes = quarantine(ctx.state, blamed, `a container could not start on it: ${error.message}`, stamp(ctx));
  if (changes.length > 0) yield* write(...changes);
  return new AppError('DEVICE_FAILED', `the GPU runtime refused to start the container: ${error.message}`, {
    cause: error,
  });
}

/** No GPU is to blame when Docker knows no NVIDIA runtime at all. */
const noRuntime = (error: EngineError): AppError =>
  new AppError('ENGINE_FAILED', `${error.message}. Install nvidia-container-toolkit and restart Docker`, {
    cause: error,
  });
