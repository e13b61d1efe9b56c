/**
 * Events as lines for people: each says what changed since the one before.
 *
 * Events carry whole objects (all ports, every step of an operation); a narrator remembers what it has told of them.
 */
import type { BerthEvent } from '../../../common/contract/event.ts';
import type { GpuTelemetry, GpuView, PortView } from '../../../common/contract/resource.ts';
import type { OperationView, SetView, VersionView } from '../../../common/contract/views.ts';
import type { VolumeView } from '../../../common/contract/volume.ts';
import { formatBytes } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import { gpuSummary, holderText } from './gpus.ts';
import { endedText, operationName, stepText } from './operation.ts';
import { engineText, storeText } from './version.ts';
import { count, gpuLabel, gpuList, portPair, type View } from './view.ts';

type EventOf<Type extends BerthEvent['type']> = Extract<BerthEvent, { type: Type }>;

export class Narrator {
  /** Undefined until they were told once: all of them are no news. */
  #ports: readonly PortView[] | undefined;
  #gpus = new Map<string, GpuView>();
  /** Name of a set → the newest of its versions. Older ones are told of again, as when they became restorable. */
  #newest = new Map<string, number>();
  /** Operation id → how many of its steps were told. */
  readonly #stepsTold = new Map<string, number>();

  /** The lines of one event; none where it brings nothing a person would want to read. */
  lines(event: BerthEvent, view: View): readonly string[] {
    const clock = view.paint('dim', clockText(momentOf(event) ?? view.now, view.now));
    return this.#told(event, view).map((text) => `${clock}  ${text}`);
  }

  #told(event: BerthEvent, view: View): readonly string[] {
    if (event.type === 'snapshot') return this.#snapshot(event, view);
    if (event.type === 'set') return [setLine(event.set)];
    if (event.type === 'setRemoved') return [this.#removed(event.name)];
    if (event.type === 'version') return this.#version(event);
    if (event.type === 'gpus') return event.gpus.map((gpu) => this.#gpu(gpu));
    if (event.type === 'ports') return this.#portChanges(event.ports);
    if (event.type === 'operation') return this.#operation(event.operation, view);
    if (event.type === 'telemetry') return [this.#telemetry(event.gpus)];
    if (event.type === 'volume') return [volumeLine(event.volume)];
    if (event.type === 'volumeRemoved') return [`volume ${safe(event.name)} is deleted`];
    if (event.type === 'containerDied') return [diedLine(event)];
    if (event.type === 'outOfMemory')
      return [`${safe(event.name)} v${event.version} ran out of memory: a process of it was ended`];
    if (event.type === 'store') return [safe(`state ${storeText(event.store)}`)];
    return [`Docker ${safe(engineText(event.engine, view.now))}`];
  }

  #snapshot(event: EventOf<'snapshot'>, view: View): readonly string[] {
    this.#ports = event.ports;
    this.#gpus = new Map(event.gpus.map((gpu) => [gpu.uuid, gpu]));
    this.#newest = new Map(event.sets.map(({ name, version }) => [name, version]));
    this.#stepsTold.clear();
    for (const { id, steps } of event.operations) this.#stepsTold.set(id, steps.length);
    const running = event.operations.filter(({ state }) => state === 'running').map(operationName);
    return [
      [
        `watching ${count(event.sets.length, 'replicaSet')}`,
        gpuSummary(event.gpus),
        `${count(event.ports.length, 'port')} in use`,
        `Docker ${safe(engineText(event.engine, view.now))}`,
        ...(event.store.state === 'ok' ? [] : [safe(`state ${storeText(event.store)}`)]),
        ...(running.length === 0 ? [] : [`under way: ${running.join(', ')}`]),
      ].join('; '),
    ];
  }

  #version({ name, version }: EventOf<'version'>): readonly string[] {
    if (version.version <= (this.#newest.get(name) ?? 0)) return [];
    this.#newest.set(name, version.version);
    return [versionLine(name, version)];
  }

  /** A set of the same name may come, with versions of its own. */
  #removed(name: string): string {
    this.#newest.delete(name);
    return `${safe(name)} is deleted`;
  }

  #gpu(gpu: GpuView): string {
    this.#gpus.set(gpu.uuid, gpu);
    const holder = gpu.holder === null ? '' : ` to ${holderText(gpu)}`;
    const reason = gpu.reason === null ? '' : `: ${gpu.reason}`;
    return safe(`GPU ${gpuLabel(gpu)} is ${gpu.state}${gpu.state === 'granted' ? holder : ''}${reason}`);
  }

  #portChanges(ports: readonly PortView[]): readonly string[] {
    const before = new Map((this.#ports ?? ports).map((port) => [port.hostPort, port]));
    const after = new Map(ports.map((port) => [port.hostPort, port]));
    this.#ports = ports;
    const taken = ports.filter(({ hostPort, holder }) => before.get(hostPort)?.holder !== holder);
    const freed = [...before.keys()].filter((port) => !after.has(port));
    return [
      ...taken.map((port) => safe(`port ${port.hostPort} is held by ${port.holder ?? 'somebody outside Berth'}`)),
      ...freed.map((port) => `port ${port} is free`),
    ];
  }

  #operation(operation: OperationView, view: View): readonly string[] {
    const told = this.#stepsTold.get(operation.id);
    this.#stepsTold.set(operation.id, operation.steps.length);
    const begun = told === undefined ? [`→ ${operationName(operation)} by ${safe(operation.actor)}`] : [];
    const steps = operation.steps.slice(told ?? 0).map((step) => `  ${operationName(operation)}: ${safe(step.name)}`);
    if (operation.state === 'running') return [...begun, ...steps];
    this.#stepsTold.delete(operation.id);
    const last = operation.steps.at(-1);
    const bytes = last?.bytes ? [`  ${operationName(operation)}: ${stepText(last, view.now)}`] : [];
    return [...begun, ...steps, ...bytes, endedText(operation, view)];
  }

  #telemetry(gpus: readonly GpuTelemetry[]): string {
    const known = (value: number | null, unit: string): string =>
      value === null ? '-' : `${Math.round(value)}${unit}`;
    return gpus
      .map((gpu) => {
        const memory = gpu.memoryUsedBytes === null ? '-' : formatBytes(gpu.memoryUsedBytes);
        const label = gpuLabel({ uuid: gpu.uuid, index: this.#gpus.get(gpu.uuid)?.index ?? null });
        return `${safe(label)}: ${known(gpu.utilizationPercent, '%')} ${memory} ${known(gpu.temperatureC, '°C')}`;
      })
      .join(' | ');
  }
}

/** When it happened, where that is not now. */
function momentOf(event: BerthEvent): Date | undefined {
  if (event.type === 'containerDied' || event.type === 'outOfMemory') return new Date(event.at);
  const endedAt = event.type === 'operation' ? event.operation.endedAt : null;
  return endedAt === null ? undefined : new Date(endedAt);
}

function clockText(at: Date, now: Date): string {
  const clock = at.toTimeString().slice(0, 8);
  return at.toDateString() === now.toDateString() ? clock : `${at.toLocaleDateString('sv')} ${clock}`;
}

const diedLine = ({ name, version, exitCode }: EventOf<'containerDied'>): string =>
  safe(`${name} v${version} ended${exitCode === null ? '' : ` with exit code ${exitCode}`}`);

function setLine(set: SetView): string {
  const parts = [
    `version ${set.version}`,
    ...(set.gpus.length === 0 ? [] : [`GPUs ${gpuList(set.gpus)}`]),
    ...(set.ports.length === 0 ? [] : [`ports ${set.ports.map(portPair).join(' ')}`]),
    ...(set.reason === null ? [] : [set.reason]),
  ];
  return safe(`${set.name} is ${set.state}: ${parts.join(', ')}`);
}

function volumeLine({ versionName, size, usedBytes, usedBy, reason }: VolumeView): string {
  const parts = [
    size ?? 'no size',
    ...(usedBytes === null ? [] : [`${formatBytes(usedBytes)} used`]),
    ...(usedBy.length === 0 ? [] : [`bound by ${usedBy.map((use) => use.name).join(' ')}`]),
    ...(reason === null ? [] : [reason]),
  ];
  return safe(`volume ${versionName}: ${parts.join(', ')}`);
}

function versionLine(name: string, version: VersionView): string {
  const from = version.parent === null ? '' : ` from version ${version.parent}`;
  const changes = version.changes.length === 0 ? '' : `: ${version.changes.join(', ')}`;
  return safe(`${name} has version ${version.version}${from} by ${version.cause}${changes}`);
}
