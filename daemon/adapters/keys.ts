/**
 * Where each record lies in LevelDB, whose keys sort by their bytes.
 *
 *  hw/NAME                 highest version number ever given out
 *  rs/NAME                 replicaSet
 *  rv/NAME/0000007         version: seven digits, so that a history is one range, read backwards
 *  vol/NAME                volume
 *  vv/NAME/0000002         version of a volume
 *  gi/UUID                 inventory of a GPU
 *  gpu/UUID                lease of a GPU
 *  port/40022              lease of a host port
 *  op/ULID                 intent of an operation that has not ended
 *  unk/CONTAINER           start of unknown outcome
 *  idem/ACTOR/KEY          answer to a request that may be sent again
 *  audit/ULID              who changed what, in order of time
 *  meta/schema             number of this layout (migrations/)
 *  meta/instance           id of this installation, as the labels carry it
 *  seq/0000000000000042    link of the batch chain (batchChain.ts)
 *
 * Invariant: no prefix begins another one up to its slash, so a table is exactly one range.
 */
import { type Table, type VersionTable, versionKey } from '../core/records.ts';

const PREFIX: Readonly<Record<Table, string>> = {
  hw: 'hw/',
  set: 'rs/',
  version: 'rv/',
  volume: 'vol/',
  volumeVersion: 'vv/',
  gpu: 'gi/',
  gpuLease: 'gpu/',
  portLease: 'port/',
  intent: 'op/',
  unknown: 'unk/',
  idem: 'idem/',
  audit: 'audit/',
  meta: 'meta/',
};

export interface KeyRange {
  readonly gte: string;
  readonly lt: string;
}

export const rowKey = (table: Table, key: string): string => PREFIX[table] + key;

export const tableRange = (table: Table): KeyRange => rangeBelow(PREFIX[table]);

/** The record's own key, as the core knows it. */
export const keyInTable = (table: Table, key: string): string => key.slice(PREFIX[table].length);

/** All versions of a set or volume, or those with a number below `before`. */
export function versionRange(name: string, before?: number, table: VersionTable = 'version'): KeyRange {
  const all = rangeBelow(rowKey(table, `${name}/`));
  return before === undefined ? all : { gte: all.gte, lt: rowKey(table, versionKey(name, Math.max(0, before))) };
}

const CHAIN_PREFIX = 'seq/';

/** Sixteen digits hold every safe integer. */
export const chainKey = (sequence: number): string => CHAIN_PREFIX + String(sequence).padStart(16, '0');
export const chainRange: KeyRange = rangeBelow(CHAIN_PREFIX);
export const sequenceOfChainKey = (key: string): number => Number(key.slice(CHAIN_PREFIX.length));

/** `prefix` ends in a slash; the next byte after a slash is the digit 0. */
function rangeBelow(prefix: string): KeyRange {
  return { gte: prefix, lt: `${prefix.slice(0, -1)}0` };
}
