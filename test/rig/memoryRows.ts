/**
 * The rows behind the in-memory store, without promises: each batch takes effect at once, as the text that the real
 * store would write, so that nothing survives here that would not survive on disk.
 *
 * Not here: handles that die, writes that wait or fail (memoryStore.ts).
 */
import { decodeRow, encodeRow } from '../../daemon/adapters/codecs.ts';
import { rowKey } from '../../daemon/adapters/keys.ts';
import {
  type Change,
  RESIDENT,
  type Table,
  type Tables,
  type VersionRecord,
  type VolumeVersionRecord,
  versionKey,
} from '../../daemon/core/records.ts';
import { State } from '../../daemon/core/state.ts';
import type { LoadedRows } from '../../daemon/core/store.ts';

export class MemoryRows {
  readonly #tables = new Map<Table, Map<string, string>>();
  #sequence = 0;

  apply(changes: readonly Change[]): void {
    this.#sequence += 1;
    for (const change of changes) {
      const table = this.#tables.get(change.table) ?? new Map<string, string>();
      this.#tables.set(change.table, table);
      if ('del' in change) table.delete(change.key);
      else table.set(change.key, this.#encode(change.table, change.key, change.value));
    }
  }

  #encode(table: Table, key: string, value: unknown): string {
    return encodeRow(rowKey(table, key), this.#sequence, JSON.stringify(value));
  }

  get<T extends Table>(table: T, key: string): Tables[T] | undefined {
    const text = this.#tables.get(table)?.get(key);
    return text === undefined ? undefined : decodeRow<Tables[T]>(rowKey(table, key), text).value;
  }

  /** A copy of one table, in key order. */
  rows<T extends Table>(table: T): ReadonlyMap<string, Tables[T]> {
    const keys = [...(this.#tables.get(table)?.keys() ?? [])].toSorted();
    return new Map(keys.map((key) => [key, this.get(table, key) as Tables[T]]));
  }

  /** Newest first. */
  versions(name: string, { limit = Infinity, before = Infinity } = {}): readonly VersionRecord[] {
    const keys = [...(this.#tables.get('version')?.keys() ?? [])].filter((key) => key.startsWith(`${name}/`));
    return keys
      .toSorted()
      .toReversed()
      .flatMap((key) => this.get('version', key) ?? [])
      .filter((record) => record.version < before && record.name === name)
      .slice(0, limit);
  }

  newest<T extends Table>(table: T, limit: number): readonly Tables[T][] {
    return [...this.rows(table).values()].toReversed().slice(0, limit);
  }

  /** Newest first. */
  volumeVersions(name: string): readonly VolumeVersionRecord[] {
    return [...this.rows('volumeVersion').values()].filter((record) => record.name === name).toReversed();
  }

  load(): LoadedRows {
    return Object.fromEntries(RESIDENT.map((table) => [table, this.rows(table)])) as unknown as LoadedRows;
  }

  /** What a daemon that starts on these rows knows. */
  state(): State {
    const rows = this.load();
    const current = [...rows.set.values()].map((set) => this.get('version', versionKey(set.name, set.current)));
    return State.from(rows, current);
  }
}
