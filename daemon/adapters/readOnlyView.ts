/**
 * A state that is damaged, opened for reading alone: a copy beside it, of which LevelDB may make what it can. The
 * damaged files stay as they are.
 *
 *  DATA/db.view/   the copy; tables are hard links where the file system has them, since nobody changes a table
 */
import { constants, copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/startError.ts';
import { genesis } from './batchChain.ts';
import { damageText } from './damage.ts';
import type { Witness } from './headFile.ts';
import { assertNotHeld, type Database, DatabaseBroken, openLevel, repairCopy } from './levelDatabase.ts';
import { bringCopyUpToDate, openState, type State, StateDamaged, type StateOptions } from './openState.ts';

/** As it was left; or what can be read of it, with what is wrong. */
export async function openAsItIs(options: StateOptions): Promise<{ readonly state: State; readonly trouble?: string }> {
  try {
    return { state: await openState(options) };
  } catch (error) {
    if (!(error instanceof StateDamaged)) throw error;
    await assertNotHeld(join(options.directory, 'db'));
    const state = await stateForReading(options).catch((cause: unknown) => {
      throw cause instanceof StartError ? cause : error;
    });
    return { state, trouble: error.damages.map(damageText).join('; ') };
  }
}

async function stateForReading({ directory, migrations }: StateOptions): Promise<State> {
  const database = await openView(directory);
  try {
    await bringCopyUpToDate(database, migrations);
  } catch (error) {
    // Without its schema row it is taken for one of today.
    if (error instanceof StartError) {
      await database.close();
      throw error;
    }
  }
  return { database, headFile: noWitness, head: genesis, notes: [] };
}

const noWitness: Witness = { read: async () => undefined, write: async () => {}, close: async () => {} };

/** Below `into`, else beside the state. Rejects with DatabaseBroken when nothing can be read at all. */
export async function openView(directory: string, into = join(directory, 'db.view')): Promise<Database> {
  await rm(into, { recursive: true, force: true });
  await mkdir(into, { recursive: true, mode: 0o700 });
  for (const name of await readdir(join(directory, 'db'))) {
    if (name === 'LOCK') continue;
    await copyInto(join(directory, 'db', name), join(into, name));
  }
  const database = await openOrRepair(into);
  const close = async (): Promise<void> => {
    await database.close();
    await rm(into, { recursive: true, force: true });
  };
  return { ...database, close };
}

async function openOrRepair(path: string): Promise<Database> {
  try {
    return await openLevel(path, false);
  } catch (error) {
    if (!(error instanceof DatabaseBroken)) throw error;
    await repairCopy(path).catch((cause: unknown) => {
      throw new DatabaseBroken(`nothing can be read of the database: ${String(cause)}`, { cause });
    });
    return openLevel(path, false);
  }
}

async function copyInto(from: string, to: string): Promise<void> {
  if (!from.endsWith('.ldb')) return copyFile(from, to, constants.COPYFILE_EXCL);
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_EXCL));
}
