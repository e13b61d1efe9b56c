/**
 * Puts a backup back: the state becomes what it was at that moment.
 *
 * Invariants
 *  - A backup that is damaged, of another installation or of a newer schema changes nothing.
 *  - The state that was there is kept aside.
 */
import { StartError } from '../core/startError.ts';
import { type BackupSummary, readBackup } from './backupFile.ts';
import { decodeRow } from './codecs.ts';
import { rowKey } from './keys.ts';
import { migrationsFrom } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { openView } from './readOnlyView.ts';
import { assertAlone, replaceState } from './replaceState.ts';

export interface RestoreOptions {
  readonly file: string;
  readonly directory: string;
  readonly migrations: readonly Migration[];
  /** Also where the state, or the backup, is another installation's. */
  readonly force: boolean;
  readonly now: Date;
  /** For a copy of the state that is there. */
  readonly scratch: string;
}

export interface Restored extends BackupSummary {
  /** Where the state before lies. */
  readonly aside: string | undefined;
}

/** Throws StartError. */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { file, directory, migrations, now } = options;
  await assertAlone(directory);
  const summary = await readBackup(file);
  migrationsFrom(summary.schema, migrations);
  if (!options.force) await assertSameInstance(options, summary.instance);
  const aside = await replaceState({
    directory,
    migrations,
    now,
    fill: async (database) => {
      await readBackup(file, (rows) =>
        database.batch(rows.map(([key, value]) => ({ type: 'put', key, value }) as const)),
      );
      return { sequence: summary.sequence, hash: summary.hash };
    },
  });
  return { ...summary, aside };
}

async function assertSameInstance({ file, directory, scratch }: RestoreOptions, theirs: string): Promise<void> {
  const ours = await instanceOf(directory, scratch);
  if (ours === undefined || ours === theirs) return;
  throw new StartError(
    `${file} was taken by another installation (${theirs}) than the one in ${directory} (${ours}). ` +
      'Its replicaSets would be mixed up with those here; if that is meant, repeat with --force',
  );
}

/** Undefined where there is no state, or none that can be read. */
export async function instanceOf(directory: string, scratch: string): Promise<string | undefined> {
  const key = rowKey('meta', 'instance');
  try {
    await using view = await disposable(openView(directory, scratch));
    const text = await view.database.get(key);
    return text === undefined ? undefined : decodeRow<string>(key, text).value;
  } catch {
    return undefined;
  }
}

async function disposable(opening: ReturnType<typeof openView>) {
  const database = await opening;
  return { database, [Symbol.asyncDispose]: () => database.close() };
}
