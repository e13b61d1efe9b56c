/**
 * Reads rows and trusts none: one that does not match its checksum is refused by name, and told to who keeps the state.
 *
 * Invariant: `load` leaves out what cannot be trusted, a set whose current version is lost included; everything else
 * still reads.
 */
import { AppError } from '../../common/errors.ts';
import {
  RESIDENT,
  type Table,
  type Tables,
  type VersionRecord,
  type VolumeVersionRecord,
  versionKey,
} from '../core/records.ts';
import type { LoadedRows } from '../core/store.ts';
import { decodeRow } from './codecs.ts';
import { keyInTable, rowKey, tableRange, versionRange } from './keys.ts';
import type { Database } from './levelDatabase.ts';

/** LevelDB's words for files that it cannot make sense of; a handle that is being reopened is none of them. */
const DAMAGED = new Set(['LEVEL_CORRUPTION', 'LEVEL_IO_ERROR']);

export class RowReader {
  readonly #database: () => Database;
  readonly #onDamage: (reason: string) => void;

  constructor(database: () => Database, onDamage: (reason: string) => void) {
    this.#database = database;
    this.#onDamage = onDamage;
  }

  get<T extends Table>(table: T, key: string): Promise<Tables[T] | undefined> {
    const at = rowKey(table, key);
    return this.#read(async (database) => {
      const text = await database.get(at);
      return text === undefined ? undefined : decodeRow<Tables[T]>(at, text).value;
    });
  }

  versions(name: string, options: { limit?: number; before?: number } = {}): Promise<readonly VersionRecord[]> {
    const range = { ...versionRange(name, options.before), reverse: true, limit: options.limit ?? -1 };
    return this.#read(async (database) => valuesOf<VersionRecord>(await database.rows(range)));
  }

  volumeVersions(name: string): Promise<readonly VolumeVersionRecord[]> {
    const range = { ...versionRange(name, undefined, 'volumeVersion'), reverse: true };
    return this.#read(async (database) => valuesOf<VolumeVersionRecord>(await database.rows(range)));
  }

  newest<T extends Table>(table: T, limit: number): Promise<readonly Tables[T][]> {
    const range = { ...tableRange(table), reverse: true, limit };
    return this.#read(async (database) => valuesOf<Tables[T]>(await database.rows(range)));
  }

  async load(): Promise<LoadedRows> {
    const tables = await Promise.all(RESIDENT.map(async (table) => [table, await this.#table(table)] as const));
    const rows = Object.fromEntries(tables) as unknown as LoadedRows;
    const sets = new Map(rows.set);
    for (const [name, { current }] of rows.set) {
      if (await this.#isThere(versionKey(name, current))) continue;
      sets.delete(name);
      this.#onDamage(`the current version ${current} of ${name} is lost`);
    }
    return { ...rows, set: sets };
  }

  async #isThere(version: string): Promise<boolean> {
    return (await this.get('version', version).catch(() => undefined)) !== undefined;
  }

  async #table<T extends Table>(table: T): Promise<ReadonlyMap<string, Tables[T]>> {
    const rows = new Map<string, Tables[T]>();
    for (const [key, text] of await this.#read((database) => database.rows(tableRange(table)))) {
      try {
        rows.set(keyInTable(table, key), decodeRow<Tables[T]>(key, text).value);
      } catch (error) {
        this.#onDamage((error as Error).message);
      }
    }
    return rows;
  }

  async #read<R>(from: (database: Database) => Promise<R>): Promise<R> {
    try {
      return await from(this.#database());
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const code = (cause as { readonly code?: string }).code ?? '';
      if (cause instanceof AppError || DAMAGED.has(code)) this.#onDamage(message);
      throw cause instanceof AppError
        ? cause
        : new AppError('STORE_FAILED', `the state was not read: ${message}`, { cause });
    }
  }
}

const valuesOf = <T>(rows: readonly (readonly [string, string])[]): readonly T[] =>
  rows.map(([key, text]) => decodeRow<T>(key, text).value);
