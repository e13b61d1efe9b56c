/** The container of a set's current version, for those who look into it. */
import { AppError } from '../../common/errors.ts';
import { type ContainerState, type Engine, EngineError } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import type { EventHub } from './eventHub.ts';
import { requireSet } from './operations/intents.ts';
import type { ReplicaSetRecord, VersionRecord } from './records.ts';
import type { State } from './state.ts';

export interface LookParts {
  readonly state: State;
  readonly engine: Engine;
  readonly hub: EventHub;
}

export interface Live {
  readonly set: ReplicaSetRecord;
  readonly version: VersionRecord;
  readonly container: ContainerState;
}

/** Throws NOT_FOUND, and WRONG_STATE where there is no container, or with `running` where it does not run. */
export async function liveContainer(parts: LookParts, name: string, running: boolean): Promise<Live> {
  const { set, version } = requireSet(parts, name);
  const container = await parts.engine.inspectContainer(version.containerId);
  if (container === undefined) throw gone(version);
  if (running && !container.running) throw notRunning(parts, set);
  return { set, version, container };
}

/** What the engine refuses because of the state that a container came to be in meanwhile is a matter of state. */
export async function asked<T>(parts: LookParts, name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explained(parts, name, error);
  }
}

export function explained(parts: LookParts, name: string, error: unknown): unknown {
  if (!(error instanceof EngineError) || (error.kind !== 'conflict' && error.kind !== 'notFound')) {
    return toAppError(error);
  }
  const { set, version } = requireSet(parts, name);
  return error.kind === 'notFound' ? gone(version) : notRunning(parts, set, error);
}

const gone = (version: VersionRecord): AppError =>
  new AppError('WRONG_STATE', `container ${version.containerName} is not there; it was removed, or is being replaced`);

function notRunning({ hub }: LookParts, { name, desired }: ReplicaSetRecord, cause?: EngineError): AppError {
  const busy = hub.set(name)?.busy ?? null;
  const why =
    busy !== null
      ? `is in the middle of ${busy}: try again when it is through`
      : desired === 'running' || desired === 'frozen'
        ? `does not do this now: ${cause?.message ?? 'its container does not run'}`
        : `is ${desired}. Bring it back with start`;
  return new AppError('WRONG_STATE', `${name} ${why}`, { cause });
}
