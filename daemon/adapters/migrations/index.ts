/**
 * Forward migrations of the state, one file each beside this one, named by the schema they lead to.
 *
 * Invariants
 *  - A migration rewrites row by row and looks at nothing else; all of it becomes durable in one batch together with
 *    the new schema number, so that a cut leaves the old state whole.
 *  - A migration that was released never changes; `test/golden` keeps one database per released schema.
 *
 * Not here: the copy that is kept of the old state, and applying (openState.ts).
 */
import { StartError } from '../../core/startError.ts';
import type { Migration } from './migration.ts';
import { schema2 } from './schema2.ts';

/** The schema of a fresh state before any migration. */
const firstSchema = 1;

/** In order; the last one leads to the schema that this Berth writes. */
export const MIGRATIONS: readonly Migration[] = [schema2];

export const newestSchema = (migrations: readonly Migration[]): number => migrations.at(-1)?.to ?? firstSchema;

/** What leads from the schema found to the newest one. Throws StartError for a state that a newer Berth wrote. */
export function migrationsFrom(found: number, migrations: readonly Migration[]): readonly Migration[] {
  const newest = newestSchema(migrations);
  if (!Number.isInteger(found) || found > newest) {
    throw new StartError(
      `the state has schema ${found}, written by a newer Berth; this one knows schemas up to ${newest}. ` +
        'Install that newer version again, or restore a backup made by this one',
    );
  }
  return migrations.filter((migration) => migration.to > found);
}
