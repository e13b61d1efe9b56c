/**
 * Engine steps that end in a known state. Each looks first or afterwards, so running one twice is harmless,
 * and a call whose answer was lost is settled by inspecting, never by assuming.
 *
 * Invariants
 *  - A container is adopted or removed by name only when it carries the label of the operation in question.
 *  - `unknown/CONTAINER` stands from a start whose outcome is not known until the engine has answered about it.
 *
 * Not here: what follows from a failure (the operations), leases (ledger.ts).
 */
import { taskLingerMs } from '../../../common/limits.ts';
import { engine, liveTasks, type Operation, wait, write } from '../effects.ts';
import { type ContainerSpec, type ContainerState, type Endpoint, EngineError } from '../engine.ts';
import { LABEL } from '../labels.ts';
import { del, put } from '../records.ts';
import type { OperationContext } from './context.ts';
import { stamp } from './context.ts';

const TRIES = 3;
const POLL_MS = 100;
const PORT_WAIT_MS = 1000;

export const isKind = (error: unknown, ...kinds: readonly EngineError['kind'][]): error is EngineError =>
  error instanceof EngineError && kinds.includes(error.kind);

/** A failure of these kinds means that there is nothing left to do. */
function* tolerating(call: Operation<void>, ...kinds: readonly EngineError['kind'][]): Operation<void> {
  try {
    yield* call;
  } catch (error) {
    if (!isKind(error, ...kinds)) throw error;
  }
}

/** Repeats `attempt` while its outcome is not known and `done` does not see it; the last error goes on. */
export function* settled(
  attempt: () => Operation<void>,
  done: () => Operation<boolean>,
  open: readonly EngineError['kind'][] = ['unknown'],
): Operation<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      yield* attempt();
      return;
    } catch (error) {
      if (!isKind(error, ...open)) throw error;
      if (yield* done()) return;
      if (tries === TRIES) throw error;
      yield* wait(POLL_MS * tries);
    }
  }
}

/** Creates the container, or adopts the one that an unanswered call of this operation made. Its id. */
export function* ensureCreated(ctx: OperationContext, spec: ContainerSpec): Operation<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return yield* engine('create', spec);
    } catch (error) {
      if (!isKind(error, 'unknown', 'conflict')) throw error;
      const found = yield* engine('inspectContainer', spec.name);
      if (found !== undefined && found.labels[LABEL.operation] === ctx.id) return found.id;
      if (found !== undefined || tries === TRIES) throw error;
      yield* wait(POLL_MS * tries);
    }
  }
}

/**
 * Starts it; `name` is the set it belongs to. Rejects with the engine's reason when it does not run.
 * `startedBefore` is when it last began, where that is known: one that began since and has ended is not run twice.
 */
export function* ensureStarted(
  ctx: OperationContext,
  container: string,
  name: string,
  startedBefore?: string | null,
): Operation<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      yield* engine('start', container);
      break;
    } catch (error) {
      if (!isKind(error, 'unknown')) throw error;
      yield* write(put('unknown', container, { container, name, since: stamp(ctx) }));
      const found = yield* engine('inspectContainer', container);
      const hasBegun = startedBefore !== undefined && found !== undefined && found.startedAt !== startedBefore;
      if (found?.running || hasBegun) break;
      if (tries === TRIES) throw error;
      yield* wait(POLL_MS * tries);
    }
  }
  yield* forgetUnknown(ctx, container);
}

/** For one whose ports are its own already: what is left of an engine that died may hold them a moment longer. */
export function* ensureStartedAgain(...start: Parameters<typeof ensureStarted>): Operation<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return yield* ensureStarted(...start);
    } catch (error) {
      if (!isKind(error, 'portTaken') || tries === TRIES) throw error;
      yield* wait(PORT_WAIT_MS);
    }
  }
}

/** On the network; one that is already is fine. */
export function* ensureConnected(container: string, endpoint: Endpoint): Operation<void> {
  yield* settled(
    () => engine('connect', container, endpoint),
    () => isOn(container, endpoint.network),
    ['unknown', 'conflict'],
  );
}

/** Not on the network; one that was not, or is gone, is fine. */
export function* ensureDisconnected(container: string, network: string): Operation<void> {
  yield* settled(
    () => tolerating(engine('disconnect', container, network), 'notFound'),
    function* () {
      return !(yield* isOn(container, network));
    },
  );
}

function* isOn(container: string, network: string): Operation<boolean> {
  const found = yield* engine('inspectContainer', container);
  return found?.networks.some((it) => it.network === network) ?? false;
}

/** Frozen; one that is already is fine. */
export function* ensureFrozen(container: string): Operation<void> {
  yield* settled(
    () => engine('freeze', container),
    function* () {
      return (yield* engine('inspectContainer', container))?.status === 'paused';
    },
    ['unknown', 'conflict'],
  );
}

/** Not frozen; one that is not already is fine. */
export function* ensureThawed(container: string): Operation<void> {
  yield* settled(
    () => engine('thaw', container),
    function* () {
      return (yield* engine('inspectContainer', container))?.status !== 'paused';
    },
    ['unknown', 'conflict'],
  );
}

/**
 * Stopped, and not about to start: a start that was not answered is given time to show itself. `timeoutS` is what it
 * has to end by itself.
 */
export function* ensureStopped(
  ctx: OperationContext,
  container: string,
  timeoutS: number = ctx.settings.stopTimeoutS,
): Operation<void> {
  if (ctx.state.table('unknown').has(container)) yield* awaitLateStart(container);
  if (yield* isRunning(container)) {
    yield* settled(
      () => tolerating(engine('stop', container, timeoutS), 'notFound'),
      function* () {
        return !(yield* isRunning(container));
      },
    );
  }
  yield* forgetUnknown(ctx, container);
}

function* isRunning(container: string): Operation<boolean> {
  return (yield* engine('inspectContainer', container))?.running === true;
}

function* awaitLateStart(container: string): Operation<void> {
  for (let waitedMs = 0; waitedMs < taskLingerMs; waitedMs += POLL_MS) {
    if (yield* isRunning(container)) return;
    yield* wait(POLL_MS);
  }
}

/** Removes it, running or not; what is not there is fine. A conflict is a removal that is still under way. */
export function* ensureRemoved(ctx: OperationContext, container: string): Operation<void> {
  yield* settled(
    () => tolerating(engine('remove', container), 'notFound'),
    function* () {
      return (yield* engine('inspectContainer', container)) === undefined;
    },
    ['unknown', 'conflict'],
  );
  yield* forgetUnknown(ctx, container);
}

/** The container of this name, if this operation made it. */
export function* findOwn(name: string, operation: string): Operation<ContainerState | undefined> {
  const found = yield* engine('inspectContainer', name);
  return found?.labels[LABEL.operation] === operation ? found : undefined;
}

/** Removes an image tag; what is not there, or is needed by another image, is left. */
export function* ensureUntagged(tag: string): Operation<void> {
  yield* settled(
    () => tolerating(engine('removeImage', tag), 'imageNotFound', 'notFound', 'conflict'),
    function* () {
      return (yield* engine('inspectImage', tag)) === undefined;
    },
  );
}

/** Creates a volume of ours; one that is there already is fine. */
export function* ensureVolumeCreated(name: string, labels: Readonly<Record<string, string>>): Operation<void> {
  yield* settled(
    () => engine('createVolume', name, labels),
    function* () {
      return (yield* engine('inspectVolume', name)) !== undefined;
    },
  );
}

/** Removes a volume of ours; what is not there is fine, and what somebody else's container uses is left to them. */
export function* ensureVolumeRemoved(name: string): Operation<void> {
  yield* settled(
    () => tolerating(engine('removeVolume', name), 'notFound', 'conflict'),
    function* () {
      return (yield* engine('inspectVolume', name)) === undefined;
    },
  );
}

/**
 * Waits until no process of a container that does not run is alive. The PIDs that stay after `taskLingerMs`:
 * an engine that died in a start can leave one behind that still computes on its GPUs.
 */
export function* lingeringTasks(containerId: string): Operation<readonly number[]> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const pids = yield* liveTasks(containerId);
    if (pids.length === 0 || waitedMs >= taskLingerMs) return pids;
    yield* wait(POLL_MS);
  }
}

function* forgetUnknown(ctx: OperationContext, container: string): Operation<void> {
  if (ctx.state.table('unknown').has(container)) yield* write(del('unknown', container));
}
