/**
 * The replicaSet procedures: each finds its set, and reads the state or hands an operation to the journal.
 *
 * Not here: the operations themselves (operations/), exec (execs.ts).
 */
import type { PlanView, SetView } from '../../common/contract/views.ts';
import type { Services } from '../../common/router.ts';
import { bringBack } from './bringBack.ts';
import type { Request } from './course.ts';
import type { Operation } from './effects.ts';
import type { ContainerProcess, Engine } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import { execute } from './execs.ts';
import { infoOf } from './infoView.ts';
import { commitImage } from './operations/commitImage.ts';
import type { OperationContext } from './operations/context.ts';
import { continueSet, reboot } from './operations/continueSet.ts';
import { freeze, thaw } from './operations/freeze.ts';
import { requireSet } from './operations/intents.ts';
import { kill } from './operations/kill.ts';
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

type ReplicaSets = Services['replicaSet'];
type Reads = Pick<ReplicaSets, 'list' | 'status' | 'info' | 'history' | 'versions' | 'plan'>;
type ByName = { readonly name: string };

export const replicaSetServices = (parts: ReplicaSetParts): ReplicaSets => ({
  ...reads(parts),
  ...recreations(parts),
  ...halts(parts),
  run: (input, { actor }) => {
    const request = { verb: 'run', name: input.replicaSetName, actor } as const;
    const operation = (ctx: OperationContext): Operation<{ name: string }> => run(ctx, input);
    return input.gpuCount > 0 ? granting(parts, request, operation) : parts.journal.perform(request, operation);
  },
  commit: (input, { actor }) =>
    parts.journal.perform({ verb: 'commit', name: input.name, actor }, (ctx) => commitImage(ctx, input)),
  execute: (input, caller) => execute(parts, input, caller),
});

function reads(parts: ReplicaSetParts): Reads {
  const { store, hub } = parts;
  const versionsOf = async ({ name }: ByName): Promise<readonly VersionRecord[]> => {
    requireSet(parts, name);
    return store.versions(name);
  };
  return {
    list: async ({ state: wanted }) => hub.sets().filter((set) => wanted === undefined || set.state === wanted),
    status: async ({ name }) => {
      requireSet(parts, name);
      return hub.set(name) as SetView;
    },
    info: async ({ name }) => ({ info: infoOf(requireSet(parts, name).version) }),
    history: async (input) => {
      const infos = (await versionsOf(input)).map(infoOf);
      return { history: infos.map((info) => ({ version: info.version, createTime: info.createTime, status: info })) };
    },
    versions: async (input) => {
      const { current } = requireSet(parts, input.name).set;
      return (await versionsOf(input)).map((version) => viewVersion(version, current));
    },
    plan: (input) => plan(parts, input),
  };
}

/** Looks who uses the GPUs when the name's turn has come, and not while it waits. */
const granting = <T>(
  { journal, inventory }: ReplicaSetParts,
  request: Request,
  operation: (ctx: OperationContext) => Operation<T>,
): Promise<T> =>
  journal.choose(request.name, async () => {
    await inventory.refreshQuickly();
    return { request, operation };
  });

/** Those that end with a running container, and may be granted GPUs on the way. */
const recreations = (
  parts: ReplicaSetParts,
): Pick<ReplicaSets, 'patch' | 'rollback' | 'restart' | 'continueSet' | 'start'> => ({
  patch: (input, { actor }) => granting(parts, { verb: 'patch', name: input.name, actor }, (ctx) => patch(ctx, input)),
  rollback: (input, { actor }) =>
    granting(parts, { verb: 'rollback', name: input.name, actor }, (ctx) => rollback(ctx, input)),
  restart: (input, { actor }) =>
    granting(parts, { verb: 'restart', name: input.name, actor }, (ctx) => restart(ctx, input)),
  continueSet: (input, { actor }) =>
    granting(parts, { verb: 'continue', name: input.name, actor }, (ctx) => continueSet(ctx, input)),
  start: (input, { actor }) => bringBack(parts, input.name, actor),
});

const halts = ({
  journal,
}: ReplicaSetParts): Pick<ReplicaSets, 'stop' | 'pause' | 'remove' | 'reboot' | 'freeze' | 'thaw' | 'kill'> => ({
  stop: (input, { actor }) => journal.perform({ verb: 'stop', name: input.name, actor }, (ctx) => stop(ctx, input)),
  pause: (input, { actor }) => journal.perform({ verb: 'pause', name: input.name, actor }, (ctx) => pause(ctx, input)),
  reboot: (input, { actor }) =>
    journal.perform({ verb: 'reboot', name: input.name, actor }, (ctx) => reboot(ctx, input)),
  freeze: (input, { actor }) =>
    journal.perform({ verb: 'freeze', name: input.name, actor }, (ctx) => freeze(ctx, input)),
  thaw: (input, { actor }) => journal.perform({ verb: 'thaw', name: input.name, actor }, (ctx) => thaw(ctx, input)),
  kill: (input, { actor }) => journal.perform({ verb: 'kill', name: input.name, actor }, (ctx) => kill(ctx, input)),
  remove: (input, { actor }) =>
    journal.perform({ verb: 'delete', name: input.name, actor }, (ctx) => remove(ctx, input)),
});

async function plan(parts: ReplicaSetParts, input: PlanInput & { version?: number | undefined }): Promise<PlanView> {
  const { version } = requireSet(parts, input.name);
  const target = input.verb === 'rollback' ? await targetOf(parts.store, version, input.version ?? 0) : undefined;
  try {
    const container = await parts.engine.inspectContainer(version.containerId);
    const running = container?.running === true;
    const processes = running ? await processesOf(parts.engine, version.containerId) : [];
    const frozen = container?.status === 'paused';
    return planOf(input, { ledger: ledgerOf(parts), target, processes, running, frozen });
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
