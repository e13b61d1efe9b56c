/**
 * Reads what nvidia-smi prints. Pure: text in, facts out.
 *
 * Invariants
 *  - Nothing here throws. A line that cannot be read becomes a complaint, made safe to show on a terminal.
 *  - A row counts only with a whole UUID and the right number of cells. A cell in it that makes no sense is null: it
 *    must not cost the GPU its place.
 *  - A cell without a value (`[N/A]`, `[Not Supported]`, any other bracketed text, bare `N/A`) is null.
 *
 * The UUID is asked for first, and a process name, which may hold commas, last. Drivers of every age know the fields
 * named here; should one refuse a field all the same, LIST_ARGS and TELEMETRY_FIELDS_MIN are the way round.
 */
import { stripVTControlCharacters } from 'node:util';
import type { GpuTelemetry } from '../../common/contract/resource.ts';
import type { GpuDevice } from '../core/gpuSource.ts';
import type { SmiExit } from './nvidiaChild.ts';

export const DEVICE_FIELDS = ['uuid', 'index', 'name', 'memory.total', 'pci.bus_id'] as const;
export const TELEMETRY_FIELDS_MIN = ['uuid', 'utilization.gpu', 'memory.used'] as const;
export const TELEMETRY_FIELDS = [...TELEMETRY_FIELDS_MIN, 'temperature.gpu', 'power.draw', 'power.limit'] as const;
const PROCESS_FIELDS = ['gpu_uuid', 'pid', 'process_name'] as const;

const CSV = '--format=csv,noheader,nounits';
export const gpuArgs = (fields: readonly string[]): string[] => [`--query-gpu=${fields.join(',')}`, CSV];
export const PROCESS_ARGS: readonly string[] = [`--query-compute-apps=${PROCESS_FIELDS.join(',')}`, CSV];
export const LIST_ARGS: readonly string[] = ['-L'];

const UUID = /^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const BUS_ID = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]$/i;
const LISTED_GPU = /^GPU (\d+): (.+) \(UUID: (\S+)\)$/;
const LISTED_MIG = /^\s+MIG (\S+)\s+Device\s+(\d+): \(UUID: (MIG-\S+)\)$/;
const COMPLAINT_CHARS_MAX = 200;
const MIB = 1024 * 1024;

export interface Parsed<Row> {
  readonly rows: readonly Row[];
  readonly complaints: readonly string[];
}

/** A process as nvidia-smi names it; PID of the host. */
export interface ListedProcess {
  readonly uuid: string;
  readonly pid: number;
  /** Path or command line; null where nvidia-smi may not or cannot say. */
  readonly processName: string | null;
}

/** A line of `-L`, with the MIG instances that stand below it. */
export interface ListedGpu {
  readonly uuid: string;
  readonly index: number;
  readonly name: string;
  readonly mig: readonly { readonly uuid: string; readonly index: number; readonly profile: string }[];
}

/** The line without escape sequences and control characters, not longer than a notice can bear. */
export const cleanText = (line: string): string =>
  stripVTControlCharacters(line)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, COMPLAINT_CHARS_MAX);

export function parseDevices(lines: readonly string[]): Parsed<GpuDevice> {
  return parseRows(lines, (line, position) => {
    const [uuid, index, name, memory, busId] = cellsOf(line, DEVICE_FIELDS.length) ?? [];
    if (!uuid) return undefined;
    return {
      uuid,
      index: wholeOf(index) ?? position,
      name: name ?? 'GPU',
      memoryBytes: bytesOf(memory),
      busId: busId && BUS_ID.test(busId) ? busId : null,
      numaNode: null,
    };
  });
}

/** `fieldCount` tells TELEMETRY_FIELDS from its shorter form. */
export function parseTelemetry(line: string, fieldCount: number): GpuTelemetry | undefined {
  const [uuid, utilization, memory, temperature, power, powerLimit] = cellsOf(line, fieldCount) ?? [];
  if (!uuid) return undefined;
  return {
    uuid,
    utilizationPercent: numberOf(utilization),
    memoryUsedBytes: bytesOf(memory),
    temperatureC: numberOf(temperature),
    powerW: numberOf(power),
    powerLimitW: numberOf(powerLimit),
  };
}

export function parseProcesses(lines: readonly string[]): Parsed<ListedProcess> {
  return parseRows(lines, (line) => {
    const [, uuid, pid, name] = /^([^,\s]+),\s*(\d+),\s*(.*)$/.exec(line) ?? [];
    if (!uuid || !UUID.test(uuid)) return undefined;
    return { uuid, pid: Number(pid), processName: cellValue(name ?? '') };
  });
}

export function parseList(lines: readonly string[]): Parsed<ListedGpu> {
  const gpus: (ListedGpu & { mig: { uuid: string; index: number; profile: string }[] })[] = [];
  const complaints: string[] = [];
  for (const line of lines.map((raw) => raw.trimEnd()).filter(Boolean)) {
    const [, index, name, uuid] = LISTED_GPU.exec(line) ?? [];
    const [, profile, migIndex, migUuid] = LISTED_MIG.exec(line) ?? [];
    const parent = gpus.at(-1);
    if (name && uuid && UUID.test(uuid)) gpus.push({ uuid, index: Number(index), name, mig: [] });
    else if (parent && profile && migUuid) parent.mig.push({ uuid: migUuid, index: Number(migIndex), profile });
    else complaints.push(cleanText(line));
  }
  return { rows: gpus, complaints };
}

/** The field that this driver does not know; one of them makes nvidia-smi refuse the whole query. */
export const refusedField = (lines: readonly string[]): string | undefined =>
  lines.map((line) => /^Field "([^"]*)" is not a valid field to query/.exec(line)?.[1]).find(Boolean);

export const saysNoDevices = (lines: readonly string[]): boolean =>
  lines.some((line) => line.startsWith('No devices were found'));

/** What went wrong, from the exit and what was printed instead of data, as a sentence with what to do. */
export function explainFailure({ code, spawnError }: SmiExit, complaints: readonly string[]): string {
  if (spawnError) return `nvidia-smi cannot be started (${spawnError}): check that it is there and executable`;
  const said = complaints.join(' ');
  const exit = code === null ? 'ended by a signal' : `exit ${code}`;
  if (/version mismatch/i.test(said))
    return `nvidia-smi and the loaded NVIDIA driver are of different versions (${exit}): reload the driver or reboot`;
  if (code === 9 || /couldn't communicate with the NVIDIA driver/i.test(said))
    return `nvidia-smi cannot reach the NVIDIA driver (${exit}): check that its kernel module is loaded`;
  if (complaints[0]) return `nvidia-smi gave no usable answer (${exit}): ${complaints[0]}`;
  return `nvidia-smi printed nothing (${exit})`;
}

function parseRows<Row>(
  lines: readonly string[],
  parse: (line: string, position: number) => Row | undefined,
): Parsed<Row> {
  const rows: Row[] = [];
  const complaints: string[] = [];
  for (const line of lines.map((raw) => raw.trim()).filter(Boolean)) {
    const row = parse(line, rows.length);
    if (row) rows.push(row);
    else complaints.push(cleanText(line));
  }
  return { rows, complaints };
}

/** The cells of a row; undefined when this is none. */
function cellsOf(line: string, count: number): (string | null)[] | undefined {
  const cells = line.split(',').map((cell) => cell.trim());
  return cells.length === count && UUID.test(cells[0] ?? '') ? cells.map(cellValue) : undefined;
}

const cellValue = (cell: string): string | null =>
  cell === '' || cell === 'N/A' || /^\[.*\]$/.test(cell) ? null : cleanText(cell);

function numberOf(cell: string | null | undefined): number | null {
  return cell && /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : null;
}

function wholeOf(cell: string | null | undefined): number | null {
  const value = numberOf(cell);
  return Number.isSafeInteger(value) ? value : null;
}

function bytesOf(cell: string | null | undefined): number | null {
  const mebibytes = wholeOf(cell);
  return mebibytes === null ? null : mebibytes * MIB;
}
