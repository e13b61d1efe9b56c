/**
 * `npm run golden:state`: keeps a database of the schema that is written today below test/golden/state, for the
 * migrations to come. One that is there is left alone: it stands for what was released.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openLevelStore } from '../../../daemon/adapters/levelStore.ts';
import { MIGRATIONS, newestSchema } from '../../../daemon/adapters/migrations/index.ts';
import { goldenRows } from './goldenState.ts';

const name = `schema${newestSchema(MIGRATIONS)}`;
const directory = new URL(`../../golden/state/${name}`, import.meta.url).pathname;
if (existsSync(directory)) {
  console.error(`${name} is there already; remove test/golden/state/${name} to make it again before its release`);
  process.exitCode = 1;
} else {
  const rows = await goldenRows();
  const store = await openLevelStore({ directory, createIfMissing: true });
  await store.write(rows.filter(({ table, key }) => table !== 'meta' || key !== 'schema'));
  await store.close();
  for (const name of ['ballast', 'db/LOG']) await rm(join(directory, name));
  console.log(`test/golden/state/${name}: ${rows.length} rows`);
}
process.exit();
