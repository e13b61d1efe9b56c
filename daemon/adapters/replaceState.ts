/**
 * Puts a new state in the place of the one in a data directory, for who is alone with it; the old one is kept aside.
 *
 *  DATA/incoming/              the new state while it is made
 *  DATA/aside-TIME/            the old one: db and HEAD, as they were
 *
 * Invariants
 *  - The new state is complete, durable and proven before anything is moved.
 *  - There is a HEAD at any moment, so a cut never looks like a first installation: begun again, it goes on.
 */
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/startError.ts';
import type { Head } from './batchChain.ts';
import { HeadFile } from './headFile.ts';
import { nameHolder, refuseWhileHeld } from './instanceLock.ts';
import { assertNotHeld, type Database, openLevel } from './levelDatabase.ts';
import type { Migration } from './migrations/migration.ts';
import { openState } from './openState.ts';

export interface Replacement {
  readonly directory: string;
  readonly migrations: readonly Migration[];
  readonly now: Date;
  /** Writes the rows of the new state; the newest batch of it. */
  readonly fill: (database: Database) => Promise<Head>;
}

/** Where the old state lies now; undefined where there was none. Throws StartError, changing nothing. */
export async function replaceState(replacement: Replacement): Promise<string | undefined> {
  const { directory } = replacement;
  await assertAlone(directory);
  const release = await mkdir(directory, { recursive: true, mode: 0o700 })
    .then(() => nameHolder(directory))
    .catch((error: Error) => {
      throw new StartError(`${directory} cannot be written: ${error.message}`, { cause: error });
    });
  const incoming = join(directory, 'incoming');
  try {
    await makeState(incoming, replacement);
    return await swap(directory, incoming, replacement.now);
  } finally {
    await rm(incoming, { recursive: true, force: true });
    await release();
  }
}

/** Throws StartError while a berthd, or another tool like this one, has the state. */
export async function assertAlone(directory: string): Promise<void> {
  await refuseWhileHeld(directory);
  if (await exists(join(directory, 'db'))) await assertNotHeld(join(directory, 'db'));
}

async function makeState(incoming: string, { migrations, fill }: Replacement): Promise<void> {
  await rm(incoming, { recursive: true, force: true });
  await mkdir(join(incoming, 'db'), { recursive: true, mode: 0o700 });
  const database = await openLevel(join(incoming, 'db'), true);
  const head = await fill(database).finally(() => database.close());
  const headFile = await HeadFile.create(join(incoming, 'HEAD'));
  await headFile.write(head);
  await headFile.close();
  const openHead = (path: string): Promise<HeadFile> => HeadFile.open(path);
  const options = { directory: incoming, createIfMissing: false, migrations, openDatabase: openLevel, openHead };
  const state = await openState(options);
  await state.headFile.close();
  await state.database.close();
}

async function swap(directory: string, incoming: string, now: Date): Promise<string | undefined> {
  const aside = join(directory, `aside-${now.toISOString().replace(/\.\d+|[-:]/g, '')}`);
  const hadHead = await exists(join(directory, 'HEAD'));
  const hadDatabase = await exists(join(directory, 'db'));
  if (hadHead || hadDatabase) await mkdir(aside, { mode: 0o700 });
  if (hadHead) await copyFile(join(directory, 'HEAD'), join(aside, 'HEAD'));
  await rename(join(incoming, 'HEAD'), join(directory, 'HEAD'));
  if (hadDatabase) await rename(join(directory, 'db'), join(aside, 'db'));
  await rename(join(incoming, 'db'), join(directory, 'db'));
  await using folder = await open(directory, 'r');
  await folder.sync();
  return hadHead || hadDatabase ? aside : undefined;
}

const exists = (path: string): Promise<boolean> =>
  open(path, 'r').then(
    async (file) => {
      await file.close();
      return true;
    },
    () => false,
  );
