/**
 * The replicaSet procedures: each finds its set, and reads the state or hands an operation to the journal.
 *
 * Not here: the operations themselves (operations/), exec (execs.ts).
 */
import type { PlanView, SetView, VersionView } from '../../common/contract/views.ts';
import type { Services } from '../../common/router.ts';
import { bringBack } from './bringBack.ts';
import type { ContainerProcess, Engine } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import { execute } from './execs.ts';
import { infoOf } from './infoView.ts';
import { commitImage } from './operations/commitImage.ts';
import { continueSet } from './operations/continueSet.ts';
import { requireSet } from './operations/intents.ts';
import { patch, restart } from './operations/patch.ts';
import { remove } from './operations/remove.ts';
import { checkTarget, rollback } from './operations/rollback.ts';
import { run } from './operations/run.ts';
import { pause, stop } from './operations/stop.ts';
import { type PlanInput, planOf } from './plan.ts';
import { type VersionRecord, versionKey } from './records.ts';
import { ledgerOf, type ReplicaSetParts } from './replicaSetParts.ts';
import type { Store } from './store.ts';
import { viewVersion } from './views.ts';

type ByName = { readonly name: string };

export function replicaSetServices(parts: ReplicaSetParts): Services['replicaSet'] {
  const { store, journal, hub, inventory } = parts;

  const statusOf = ({ name }: ByName): SetView => {
    requireSet(parts, name);
    return hub.set(name) as SetView;
  };
  const versionsOf = async ({ name }: ByName): Promise<readonly VersionRecord[]> => {
    requireSet(parts, name);
    return store.versions(name);
  };
  /** GPUs that somebody outside took a moment ago must not be granted. */
  const lookFirst = async (gpuCount: number | undefined): Promise<void> => {
    if (gpuCount !== 0) await inventory.refreshQuickly();
  };

  return {
    list: async ({ state: wanted }) => hub.sets().filter((set) => wanted === undefined || set.state === wanted),
    status: async (input) => statusOf(input),
    info: async ({ name }) => ({ info: infoOf(requireSet(parts, name).version) }),
    history: async (input) => {
      const versions = await versionsOf(input);
      return {
        history: versions
          .map(infoOf)
          .map((info) => ({ version: info.version, createTime: info.createTime, status: info })),
      };
    },
    versions: async (input): Promise<VersionView[]> => {
      const { current } = requireSet(parts, input.name).set;
      return (await versionsOf(input)).map((version) => viewVersion(version, current));
    },
    plan: (input) => plan(parts, input),
    run: async (input, { actor }) => {
      await lookFirst(input.gpuCount);
      return journal.perform({ verb: 'run', name: input.replicaSetName, actor }, (ctx) => run(ctx, input));
    },
    patch: async (input, { actor }) => {
      await lookFirst(input.gpuPatch?.gpuCount);
      return journal.perform({ verb: 'patch', name: input.name, actor }, (ctx) => patch(ctx, input));
    },
    rollback: async (input, { actor }) => {
      await lookFirst(undefined);
      return journal.perform({ verb: 'rollback', name: input.name, actor }, (ctx) => rollback(ctx, input));
    },
    restart: async (input, { actor }) => {
      await lookFirst(undefined);
      return journal.perform({ verb: 'restart', name: input.name, actor }, (ctx) => restart(ctx, input));
    },
    stop: (input, { actor }) => journal.perform({ verb: 'stop', name: input.name, actor }, (ctx) => stop(ctx, input)),
    pause: (input, { actor }) =>
      journal.perform({ verb: 'pause', name: input.name, actor }, (ctx) => pause(ctx, input)),
    continueSet: async (input, { actor }) => {
      await lookFirst(undefined);
      return journal.perform({ verb: 'continue', name: input.name, actor }, (ctx) => continueSet(ctx, input));
    },
    start: (input, { actor }) => bringBack(parts, input.name, actor),
    commit: (input, { actor }) =>
      journal.perform({ verb: 'commit', name: input.name, actor }, (ctx) => commitImage(ctx, input)),
    remove: (input, { actor }) =>
      journal.perform({ verb: 'delete', name: input.name, actor }, (ctx) => remove(ctx, input)),
    execute: (input, caller) => execute(parts, input, caller),
  };
}

async function plan(parts: ReplicaSetParts, input: PlanInput & { version?: number | undefined }): Promise<PlanView> {
  const { version } = requireSet(parts, input.name);
  const target = input.verb === 'rollback' ? await targetOf(parts.store, version, input.version ?? 0) : undefined;
  try {
    const container = await parts.engine.inspectContainer(version.containerId);
    const running = container?.running === true;
    const processes = running ? await processesOf(parts.engine, version.containerId) : [];
    return planOf(input, { ledger: ledgerOf(parts), target, processes, running });
  } catch (error) {
    throw toAppError(error);
  }
}

async function targetOf(store: Store, current: VersionRecord, wanted: number): Promise<VersionRecord> {
  return checkTarget(current, wanted, await store.get('version', versionKey(current.name, wanted)));
}

/** What people started, without the init that every container gets. */
async function processesOf(engine: Engine, container: string): Promise<readonly ContainerProcess[]> {
  const all = await engine.processes(container);
  const own = all.filter((process) => !/docker-init|\/tini\b/.test(process.command));
  return own.length > 0 ? own : all;
}
