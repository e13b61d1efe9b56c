/**
 * What an operation would do, before anybody feels it. Reads and chooses as the operation itself would, and writes
 * nothing; what would make the operation fail makes the plan fail with the same error.
 */
import type { PlanView, SetVerb } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import type { ContainerProcess } from './engine.ts';
import { type LedgerView, reserve, reserveExactly } from './ledger.ts';
import { assertRuns } from './operations/checks.ts';
import { requireSet } from './operations/intents.ts';
import { endsByDefault, requireReach } from './operations/kill.ts';
import { type RemoveInput, refuseRunning } from './operations/remove.ts';
import { requireSnapshot } from './operations/rollback.ts';
import { requireKept } from './operations/stop.ts';
import type { VersionRecord, VersionSpec } from './records.ts';
import { describeChanges, limitChanges } from './specChanges.ts';
import { type PatchInput, patchedSpec, withLimits } from './versionSpec.ts';
import { spelledAsBound } from './volumeUse.ts';

export interface PlanInput extends PatchInput, RemoveInput {
  readonly verb: SetVerb;
  readonly signal?: string | undefined;
}

export interface PlanFacts {
  readonly ledger: LedgerView;
  /** Where a rollback goes. */
  readonly target: VersionRecord | undefined;
  /** Empty when the container does not run. */
  readonly processes: readonly ContainerProcess[];
  readonly running: boolean;
  readonly frozen: boolean;
}

const FILES = 'all files of the container';

/** What a verb adds to the plan; the rest is the same for all. */
type Part = Partial<Pick<PlanView, 'nextVersion' | 'endsProcesses'>> & Pick<PlanView, 'changes' | 'keeps' | 'steps'>;
type Planner = (facts: PlanFacts, version: VersionRecord, input: PlanInput) => Part;

const PLANNERS: Readonly<Record<Exclude<SetVerb, 'run'>, Planner>> = {
  patch: patched,
  restart: (facts, version) => recreated(facts, version, version.spec),
  rollback: (facts, version) => rolledBack(facts, version),
  stop: (facts, version) => stopped(facts, version),
  pause: (facts, version) => paused(facts, version),
  continue: (facts, version) => continued(facts, version),
  start: (facts, version) => started(facts, version),
  reboot: (facts, version) => rebooted(facts, version),
  freeze: (facts, version) => frozen(facts, version),
  thaw: (facts, version) => thawed(facts, version),
  kill: (facts, version, input) => killed(facts, version, input.signal ?? 'KILL'),
  resources: (_, { spec }, input) => ({
    endsProcesses: [],
    changes: limitChanges(spec.limits, withLimits(spec.limits, input)),
    keeps: ['everything else, processes too'],
    steps: ['set limits'],
  }),
  rename: (_, { containerName }) => ({
    endsProcesses: [],
    changes: ['the old name is not found any more'],
    keeps: ['everything else, processes too', `the name of its container, ${containerName}, until the next version`],
    steps: [],
  }),
  delete: (facts, version, input) => deleted(facts, version, input),
  commit: () => ({
    endsProcesses: [],
    changes: ['processes freeze while the files are saved'],
    keeps: [FILES],
    steps: ['save files'],
  }),
};

export function planOf(input: PlanInput, facts: PlanFacts): PlanView {
  const { set, version } = requireSet(facts.ledger, input.name);
  if (input.verb === 'run') throw new AppError('NAME_TAKEN', `a replicaSet ${set.name} exists`);
  return {
    verb: input.verb,
    name: set.name,
    currentVersion: version.version,
    nextVersion: null,
    endsProcesses: facts.processes.map((process) => ({ ...process })),
    ...PLANNERS[input.verb](facts, version, input),
  };
}

function patched(facts: PlanFacts, version: VersionRecord, input: PlanInput): Part {
  const plan = recreated(facts, version, patchedSpec(version.spec, spelledAsBound(facts.ledger.state, version, input)));
  if (input.imageName == null) return plan;
  if (input.keepFiles) {
    const command = `of ${input.imageName} only its command, environment, user and working directory are taken`;
    return {
      ...plan,
      changes: [...plan.changes, command],
      keeps: [`${FILES}, those of the old image too`, ...plan.keeps.slice(1)],
    };
  }
  const files = `files begin anew from ${input.imageName}; those of now stay with version ${version.version}, to roll back to`;
  return { ...plan, changes: [...plan.changes, files], keeps: plan.keeps.slice(1) };
}

function recreated({ ledger }: PlanFacts, version: VersionRecord, spec: VersionSpec): Part {
  const { changes, keeps } = grantsAfter(ledger, version, spec);
  return {
    nextVersion: ledger.state.highWater(version.name) + 1,
    changes,
    keeps: [FILES, ...keeps, 'volumes'],
    steps: ['stop container', 'save files', 'create container', 'start container', 'remove old container'],
  };
}

function rolledBack({ ledger, target }: PlanFacts, version: VersionRecord): Part {
  if (target !== undefined) requireSnapshot(target);
  const { changes, keeps } = grantsAfter(ledger, version, target?.spec ?? version.spec);
  return {
    nextVersion: ledger.state.highWater(version.name) + 1,
    changes: [`files return to how version ${target?.version} ended`, ...changes],
    keeps: [`the files of version ${version.version}, as a version to roll back to`, ...keeps, 'volumes'],
    steps: ['stop container', 'create container', 'start container', 'save files', 'remove old container'],
  };
}

const nothingToDo = (why: string): Part => ({ changes: [], keeps: [`everything: ${why}`], steps: [] });

function stopped({ ledger }: PlanFacts, { name }: VersionRecord): Part {
  if (requireSet(ledger, name).set.desired === 'stopped') return nothingToDo('it is stopped already');
  return { changes: released(ledger, name), keeps: [FILES], steps: ['stop container'] };
}

function paused({ ledger }: PlanFacts, { name }: VersionRecord): Part {
  if (requireKept(ledger, name).desired === 'paused') return nothingToDo('it is paused already');
  return { changes: ['stopped'], keeps: [FILES, 'GPUs', 'host ports'], steps: ['stop container'] };
}

function continued({ ledger, running }: PlanFacts, version: VersionRecord): Part {
  const grant = reserveExactly(ledger, wishFor(version, version.spec));
  return {
    changes: [
      ...grant.addedGpus.map((uuid) => `${gpuName(ledger, uuid)} taken again`),
      ...grant.addedPorts.map((port) => `host port ${port} taken again`),
    ],
    keeps: [FILES, 'GPUs', 'host ports'],
    steps: running ? ['stop container', 'start container'] : ['start container'],
  };
}

/** As bringBack.ts decides: nothing, the same container, or the next version. */
function started(facts: PlanFacts, version: VersionRecord): Part {
  if (facts.frozen) return thawed(facts, version);
  if (facts.running) return { endsProcesses: [], ...nothingToDo('it runs already') };
  try {
    return continued(facts, version);
  } catch {
    return recreated(facts, version, version.spec);
  }
}

function rebooted(facts: PlanFacts, version: VersionRecord): Part {
  assertRuns(requireSet(facts.ledger, version.name).set, facts.running);
  return continued(facts, version);
}

function frozen({ ledger, running, frozen: isFrozen }: PlanFacts, { name }: VersionRecord): Part {
  assertRuns(requireSet(ledger, name).set, running);
  if (isFrozen) return { endsProcesses: [], ...nothingToDo('it is frozen already') };
  const keeps = [FILES, 'memory and GPU memory', 'GPUs', 'host ports'];
  return { endsProcesses: [], changes: ['processes stand still until thaw'], keeps, steps: ['freeze processes'] };
}

function thawed({ ledger, running, frozen: isFrozen }: PlanFacts, { name }: VersionRecord): Part {
  assertRuns(requireSet(ledger, name).set, running);
  if (!isFrozen) return { endsProcesses: [], ...nothingToDo('it is not frozen') };
  return { endsProcesses: [], changes: ['processes go on'], keeps: ['everything'], steps: ['thaw processes'] };
}

function killed(facts: PlanFacts, { name }: VersionRecord, signal: string): Part {
  assertRuns(requireSet(facts.ledger, name).set, facts.running);
  requireReach(facts.frozen, name, signal);
  return {
    ...(endsByDefault(signal) ? {} : { endsProcesses: [] }),
    changes: [`${signal} is sent to its main process`],
    keeps: [FILES, 'GPUs', 'host ports'],
    steps: [`send ${signal}`],
  };
}

function deleted({ ledger, running }: PlanFacts, { name }: VersionRecord, input: PlanInput): Part {
  refuseRunning(input, running);
  return {
    changes: [
      'the container, its files, every version and every snapshot are deleted for good',
      ...released(ledger, name),
    ],
    keeps: ['volumes and host directories'],
    steps: [...(input.stop && running ? ['stop container'] : []), 'remove container', 'remove snapshots'],
  };
}

const wishFor = (version: VersionRecord, spec: VersionSpec) => ({
  name: version.name,
  operation: 'plan',
  gpuCount: spec.gpuCount,
  containerPorts: spec.containerPorts,
  formerGpus: version.gpus,
  formerPorts: version.ports,
});

/** What changes hands, and what stays. */
function grantsAfter(
  ledger: LedgerView,
  version: VersionRecord,
  spec: VersionSpec,
): { changes: string[]; keeps: string[] } {
  const grant = reserve(ledger, wishFor(version, spec));
  const kept = grant.gpus.filter((uuid) => !grant.addedGpus.includes(uuid));
  return {
    changes: [
      ...describeChanges(version.spec, spec),
      ...grant.addedGpus.map((uuid) => `${gpuName(ledger, uuid)} granted`),
      ...grant.droppedGpus.map((uuid) => `${gpuName(ledger, uuid)} freed`),
    ],
    keeps: [
      ...kept.map((uuid) => gpuName(ledger, uuid)),
      ...grant.ports.map((port) => `host port ${port.hostPort} for ${port.containerPort}`),
    ],
  };
}

function released(ledger: LedgerView, name: string): string[] {
  const gpus = ledger.state.gpusOf(name).map((lease) => `${gpuName(ledger, lease.uuid)} freed`);
  const ports = ledger.state.portsOf(name).map((lease) => `host port ${lease.hostPort} freed`);
  return [...gpus, ...ports];
}

const gpuName = (ledger: LedgerView, uuid: string): string =>
  `GPU ${ledger.state.table('gpu').get(uuid)?.index ?? uuid}`;
