/**
 * What an operation would do, before anybody feels it. Reads and chooses as the operation itself would, and writes
 * nothing; what would make the operation fail makes the plan fail with the same error.
 */
import type { PlanView, Verb } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import type { ContainerProcess } from './engine.ts';
import { type LedgerView, reserve, reserveExactly } from './ledger.ts';
import { requireSet } from './operations/intents.ts';
import { type PatchInput, patchedSpec } from './operations/patch.ts';
import type { VersionRecord, VersionSpec } from './records.ts';
import { describeChanges } from './specChanges.ts';

export interface PlanInput extends PatchInput {
  readonly verb: Verb;
}

export interface PlanFacts {
  readonly ledger: LedgerView;
  /** Where a rollback goes. */
  readonly target: VersionRecord | undefined;
  /** Empty when the container does not run. */
  readonly processes: readonly ContainerProcess[];
  readonly running: boolean;
}

const FILES = 'all files of the container';
const RECREATE = ['stop container', 'save files', 'create container', 'start container', 'remove old container'];

export function planOf(input: PlanInput, facts: PlanFacts): PlanView {
  const { set, version } = requireSet(facts.ledger, input.name);
  const base = { verb: input.verb, name: set.name, currentVersion: version.version, nextVersion: null };
  const ends = facts.processes.map((process) => ({ ...process }));
  const next = facts.ledger.state.highWater(set.name) + 1;
  switch (input.verb) {
    case 'patch':
    case 'restart':
    case 'rollback': {
      const spec = specAfter(input, version, facts.target);
      const { changes, keeps } = recreated(facts.ledger, version, spec);
      const back = facts.target === undefined ? [] : [`files return to how version ${facts.target.version} ended`];
      const kept =
        facts.target === undefined
          ? [FILES, ...keeps]
          : [`the files of version ${version.version}, as a version to roll back to`, ...keeps];
      const steps =
        facts.target === undefined
          ? RECREATE
          : ['stop container', 'create container', 'start container', 'save files', 'remove old container'];
      return {
        ...base,
        nextVersion: next,
        endsProcesses: ends,
        changes: [...back, ...changes],
        keeps: [...kept, 'volumes'],
        steps,
      };
    }
    case 'stop':
      return {
        ...base,
        endsProcesses: ends,
        changes: released(facts.ledger, set.name),
        keeps: [FILES],
        steps: ['stop container'],
      };
    case 'pause':
      return {
        ...base,
        endsProcesses: ends,
        changes: ['stopped'],
        keeps: [FILES, 'GPUs', 'host ports'],
        steps: ['stop container'],
      };
    case 'continue':
    case 'start':
      return continued(input.verb, facts, version, base);
    case 'delete':
      return {
        ...base,
        endsProcesses: ends,
        changes: [
          'the container, its files, every version and every snapshot are deleted for good',
          ...released(facts.ledger, set.name),
        ],
        keeps: ['volumes and host directories'],
        steps: ['remove container', 'remove snapshots'],
      };
    case 'commit':
      return {
        ...base,
        endsProcesses: [],
        changes: ['processes freeze while the files are saved'],
        keeps: [FILES],
        steps: ['save files'],
      };
    case 'run':
      throw new AppError('NAME_TAKEN', `a replicaSet ${set.name} exists`);
  }
}

function continued(
  verb: 'continue' | 'start',
  facts: PlanFacts,
  version: VersionRecord,
  base: Pick<PlanView, 'verb' | 'name' | 'currentVersion' | 'nextVersion'>,
): PlanView {
  if (verb === 'start' && facts.running) {
    return { ...base, endsProcesses: [], changes: [], keeps: ['everything: it runs already'], steps: [] };
  }
  const grant = reserveExactly(facts.ledger, wishFor(version, version.spec));
  const taken = [
    ...grant.addedGpus.map((uuid) => `${gpuName(facts.ledger, uuid)} taken again`),
    ...grant.addedPorts.map((port) => `host port ${port} taken again`),
  ];
  const steps = facts.running ? ['stop container', 'start container'] : ['start container'];
  return {
    ...base,
    endsProcesses: facts.processes.map((process) => ({ ...process })),
    changes: taken,
    keeps: [FILES, 'GPUs', 'host ports'],
    steps,
  };
}

function specAfter(input: PlanInput, version: VersionRecord, target: VersionRecord | undefined): VersionSpec {
  if (input.verb === 'rollback') return target?.spec ?? version.spec;
  return input.verb === 'patch' ? patchedSpec(version.spec, input) : version.spec;
}

const wishFor = (version: VersionRecord, spec: VersionSpec) => ({
  name: version.name,
  operation: 'plan',
  gpuCount: spec.gpuCount,
  containerPorts: spec.containerPorts,
  formerGpus: version.gpus,
  formerPorts: version.ports,
});

function recreated(
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
