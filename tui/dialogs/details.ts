/** Everything about one thing, as lines. Times are absolute here, with their zone; the lists have relative ones. */
import { formatBytes } from '../../common/units.ts';
import { GPU_ROLE } from '../cli/output/gpus.ts';
import { causeText, filesText } from '../cli/output/history.ts';
import { operationName, stepText } from '../cli/output/operation.ts';
import { plainPaint } from '../cli/output/paint.ts';
import { bindText, setDetails } from '../cli/output/sets.ts';
import { gpuLabel, portLine, type View, when } from '../cli/output/view.ts';
import { volumeDetails } from '../cli/output/volumes.ts';
import { gpuTitle, idleText, memoryNumbers, ownerText, percentText } from '../panes/gpuFacts.ts';
import type { State } from '../state/state.ts';
import { line } from './box.ts';
import type { Line, Subject } from './dialog.ts';

export interface Details {
  readonly title: string;
  readonly lines: readonly Line[];
}

type Of<Kind extends Subject['kind']> = Extract<Subject, { kind: Kind }>;

export function detailLines(state: State, subject: Subject): Details {
  const found = DETAILS[subject.kind](state, subject as never);
  return found ?? { title: 'Gone', lines: [line('It is not there any more.', 'warn')] };
}

type Describe<Kind extends Subject['kind']> = (state: State, subject: Of<Kind>) => Details | undefined;

const DETAILS: { readonly [Kind in Subject['kind']]: Describe<Kind> } = {
  set: ({ world, now }, { name }) => {
    const set = world.sets.find((it) => it.name === name);
    return set === undefined ? undefined : rendered(name, setDetails(set, viewAt(now)));
  },
  gpu: (state, { uuid }) => gpuDetails(state, uuid),
  version: ({ world, now }, { name, version }) => {
    const it = world.versions.get(name)?.find((each) => each.version === version);
    if (it === undefined) return undefined;
    return factList(`${name} v${version}`, [
      ['cause', `${causeText(it)} by ${it.actor}`],
      ['changes', it.changes.join(', ') || 'none'],
      ['amended', it.amendments.flatMap((amendment) => amendment.changes).join(', ')],
      ['made', when(it.createdAt, new Date(now))],
      ['image', it.imageName],
      ['GPUs', `${it.gpuCount}${it.gpus.length === 0 ? '' : `: ${it.gpus.join(' ')}`}`],
      ['ports', it.ports.map(portLine).join(', ')],
      ['binds', it.binds.map(bindText).join(', ')],
      ['files', filesText(it)],
    ]);
  },
  port: ({ world, now }, { hostPort }) => {
    const port = world.ports.find((it) => it.hostPort === hostPort);
    if (port === undefined) return undefined;
    return factList(`Port ${hostPort}`, [
      ['state', port.state],
      ['holder', port.holder ?? 'somebody outside Berth'],
      ['leads to', port.containerPort ?? ''],
      ['since', when(port.since, new Date(now))],
      ['reason', port.reason ?? ''],
    ]);
  },
  operation: (state, { id }) => operationDetails(state, id),
  volume: ({ world, now }, { name }) => {
    const volume = world.volumes.find((it) => it.name === name);
    return volume === undefined ? undefined : rendered(name, volumeDetails(volume, viewAt(now)));
  },
  mount: ({ world }, { source }) => {
    const users = world.sets.flatMap((set) =>
      set.binds.filter((bind) => bind.src === source).map((bind) => `${set.name} (${set.state}): ${bind.dest}`),
    );
    return factList(source, [['used by', users.join(', ') || 'nobody']]);
  },
};

const viewAt = (now: number): View => ({ width: Number.POSITIVE_INFINITY, now: new Date(now), paint: plainPaint });

/** What the command line says of it. */
const rendered = (title: string, text: string): Details => ({
  title,
  lines: text.split('\n').map((it, at) => line(it, at === 0 ? 'strong' : 'plain')),
});

type Fact = readonly [label: string, value: string];

/** Facts without a value are left out. */
function factList(title: string, facts: readonly Fact[]): Details {
  const shown = facts.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return { title, lines: shown.map(([label, value]) => line(`${label.padEnd(width)}  ${value}`)) };
}

function gpuDetails({ world, now }: State, uuid: string): Details | undefined {
  const gpu = world.gpus.find((it) => it.uuid === uuid);
  if (gpu === undefined) return undefined;
  const { telemetry } = gpu;
  const details = factList(`GPU ${gpuLabel(gpu)}`, [
    ['model', gpuTitle(gpu)],
    ['state', gpu.state],
    ['owner', ownerText(gpu)],
    ['since', gpu.since === null ? '' : when(gpu.since, new Date(now))],
    ['idle', idleText(gpu, world.history.get(uuid), now)],
    ['load', percentText(telemetry?.utilizationPercent ?? null)],
    ['memory', `${memoryNumbers(gpu)} GiB`],
    ['heat', telemetry?.temperatureC == null ? '' : `${Math.round(telemetry.temperatureC)} °C`],
    ['power', telemetry?.powerW == null ? '' : `${Math.round(telemetry.powerW)} of ${telemetry.powerLimitW ?? '-'} W`],
    ['measured', gpu.telemetryAt === null ? 'never' : when(gpu.telemetryAt, new Date(now))],
    ['UUID', uuid],
    ['bus', gpu.busId ?? ''],
    ['NUMA', gpu.numaNode === null ? '' : `node ${gpu.numaNode}`],
  ]);
  return { ...details, lines: details.lines.map((it, at) => (at === 1 ? { ...it, role: GPU_ROLE[gpu.state] } : it)) };
}

function operationDetails({ world, now }: State, id: string): Details | undefined {
  const operation = world.operations.find((it) => it.id === id);
  if (operation === undefined) return undefined;
  const at = new Date(now);
  const facts = factList(operationName(operation), [
    ['state', operation.state],
    ['outcome', operation.message ?? ''],
    ['by', operation.actor],
    ['began', when(operation.startedAt, at)],
    ['ended', operation.endedAt === null ? '' : when(operation.endedAt, at)],
    ['id', operation.id],
  ]);
  const steps = operation.steps.map((it, place) => line(`  ${place + 1}. ${stepText(it, at)}`));
  return { ...facts, lines: [...facts.lines, ...(steps.length === 0 ? [] : [line('steps', 'dim'), ...steps])] };
}

/** For the differences of versions, too. */
export const snapshotText = (bytes: number | null): string => (bytes === null ? '-' : formatBytes(bytes));
