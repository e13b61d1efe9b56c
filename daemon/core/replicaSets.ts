/**
 * The replicaSet procedures: each finds its set, and reads the state or hands an operation to the journal.
 *
 * Not here: the operations themselves (operations/), exec (execs.ts).
 */
import type { PlanView, SetView } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import type { Caller, Services } from '../../common/router.ts';
import { archives } from './archives.ts';
import { bringBack } from './bringBack.ts';
import type { Request } from './course.ts';
import type { Operation } from './effects.ts';
import { toAppError } from './engineFailure.ts';
import { execute, sessionsEnded } from './execs.ts';
import { infoOf } from './infoView.ts';
import { logs } from './logs.ts';
import { looks } from './looks.ts';
import { commitImage } from './operations/commitImage.ts';
import type { OperationContext } from './operations/context.ts';
import { continueSet, reboot } from './operations/continueSet.ts';
import { freeze, thaw } from './operations/freeze.ts';
import { requireSet } from './operations/intents.ts';
import { kill } from './operations/kill.ts';
import { patch, restart } from './operations/patch.ts';
import { remove } from './operations/remove.ts';
import { rename } from './operations/rename.ts';
import { resources } from './operations/resources.ts';
import { checkTarget, rollback } from './operations/rollback.ts';
import { run } from './operations/run.ts';
import { pause, stop } from './operations/stop.ts';
import { type PlanInput, planOf } from './plan.ts';
import { ownProcesses } from './processes.ts';
import { type VersionRecord, versionKey } from './records.ts';
import { ledgerOf, type ReplicaSetParts } from './replicaSetParts.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { viewAmendment, viewVersion } from './views.ts';
import { asBound } from './volumeUse.ts';
import { wait } from './waits.ts';

type ReplicaSets = Services['replicaSet'];
type Reads = Pick<ReplicaSets, 'list' | 'status' | 'info' | 'history' | 'versions' | 'plan'>;
type ByName = { readonly name: string };

export const replicaSetServices = (parts: ReplicaSetParts): ReplicaSets => ({
  ...reads(parts),
  ...recreations(parts),
  ...halts(parts),
  ...looks(parts),
  ...archives(parts),
  logs: (input, caller) => logs(parts, input, caller),
  wait: (input, caller) => wait(parts, input, caller),
  ...amendments(parts),
  run: (input, { actor, idempotency }) => {
    const request = { verb: 'run', name: input.replicaSetName, actor, idempotency } as const;
    const operation = (ctx: OperationContext): Operation<{ name: string }> => run(ctx, input);
    return input.gpuCount > 0 ? granting(parts, request, operation) : parts.journal.perform(request, operation);
  },
  commit: performing(parts, 'commit', commitImage),
  execute: (input, caller) => execute(parts, input, caller),
  ingress: async ({ name }) => refuseIngress(parts, name),
  setIngress: async ({ name }) => refuseIngress(parts, name),
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
    info: async ({ name }) => ({ info: infoOf(asBound(parts.state, requireSet(parts, name).version)) }),
    history: async (input) => {
      const versions = await versionsOf(input);
      return { history: versions.map((version) => historyEntry(parts.state, version)) };
    },
    versions: async (input) => {
      const { current } = requireSet(parts, input.name).set;
      return (await versionsOf(input)).map((version) => viewVersion(asBound(parts.state, version), current));
    },
    plan: (input) => plan(parts, input),
  };
}

function refuseIngress(parts: ReplicaSetParts, name: string): never {
  requireSet(parts, name);
  throw new AppError('NOT_OFFERED', 'a filter by source address would be a rule in the firewall of the whole host');
}

function historyEntry(state: State, version: VersionRecord) {
  const status = infoOf(asBound(state, version));
  const amendments = version.amendments.map(viewAmendment);
  const entry = { version: status.version, createTime: status.createTime, status };
  return amendments.length === 0 ? entry : { ...entry, amendments };
}

/** Looks who uses the GPUs when the name's turn has come, and not while it waits. */
const granting = <T>(
  { journal, inventory }: ReplicaSetParts,
  request: Request,
  operation: (ctx: OperationContext) => Operation<T>,
): Promise<T> =>
  journal.choose([request.name], async () => {
    await inventory.refreshQuickly();
    return { request, operation };
  });

/** The service of a verb whose operation takes the request's own input. */
const performing =
  <I extends ByName, T>(
    parts: ReplicaSetParts,
    verb: Request['verb'],
    operation: (ctx: OperationContext, input: I) => Operation<T>,
    perform: typeof granting = ({ journal }, request, it) => journal.perform(request, it),
  ) =>
  (input: I, { actor, idempotency }: Caller): Promise<T> =>
    perform(parts, { verb, name: input.name, actor, idempotency }, (ctx) => operation(ctx, input));

/** Those that end with a running container, and may be granted GPUs on the way. */
const recreations = (
  parts: ReplicaSetParts,
): Pick<ReplicaSets, 'patch' | 'rollback' | 'restart' | 'continueSet' | 'start'> => ({
  patch: performing(parts, 'patch', patch, granting),
  rollback: performing(parts, 'rollback', rollback, granting),
  restart: performing(parts, 'restart', restart, granting),
  continueSet: performing(parts, 'continue', continueSet, granting),
  start: (input, { actor, idempotency }) => bringBack(parts, input.name, { actor, idempotency }),
});

/** Those that amend the current version. */
const amendments = (parts: ReplicaSetParts): Pick<ReplicaSets, 'resources' | 'rename'> => ({
  resources: performing(parts, 'resources', resources),
  rename: async (input, { actor, idempotency }) => {
    const busy = parts.hub.set(input.name)?.busy ?? null;
    if (busy !== null) throw new AppError('WRONG_STATE', `${input.name} cannot be renamed while ${busy} is under way`);
    const request = { verb: 'rename', name: input.name, besides: [input.newName], actor, idempotency } as const;
    return parts.journal.perform(request, (ctx) => rename(ctx, input));
  },
});

const halts = (
  parts: ReplicaSetParts,
): Pick<ReplicaSets, 'stop' | 'pause' | 'remove' | 'reboot' | 'freeze' | 'thaw' | 'kill'> => ({
  stop: performing(parts, 'stop', stop),
  pause: performing(parts, 'pause', pause),
  reboot: performing(parts, 'reboot', reboot),
  freeze: performing(parts, 'freeze', freeze),
  thaw: performing(parts, 'thaw', thaw),
  kill: performing(parts, 'kill', kill),
  remove: performing(parts, 'delete', remove),
});

async function plan(parts: ReplicaSetParts, input: PlanInput & { version?: number | undefined }): Promise<PlanView> {
  const { set, version } = requireSet(parts, input.name);
  const target = input.verb === 'rollback' ? await targetOf(parts.store, version, input.version ?? 0) : undefined;
  try {
    const container = await parts.engine.inspectContainer(version.containerId);
    const running = container?.running === true;
    const processes = running ? await ownProcesses(parts.engine, version.containerId) : [];
    const frozen = container?.status === 'paused';
    const plan = planOf(input, { ledger: ledgerOf(parts), target, processes, running, frozen });
    if (plan.endsProcesses.length === 0) return plan;
    return { ...plan, changes: [...plan.changes, ...sessionsEnded(parts.sessions, set)] };
  } catch (error) {
    throw toAppError(error);
  }
}

async function targetOf(store: Store, current: VersionRecord, wanted: number): Promise<VersionRecord> {
  return checkTarget(current, wanted, await store.get('version', versionKey(current.name, wanted)));
}
