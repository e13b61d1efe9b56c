/**
 * A process to be killed: writes to the state in DIRECTORY without end and prints each number once it is acknowledged.
 * Each batch moves `hw/count` on and adds a version, so that half a batch would show.
 */
import { openLevelStore } from '../../daemon/adapters/levelStore.ts';
import { put, versionKey } from '../../daemon/core/records.ts';
import { aVersion } from './records.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: storeWriter DIRECTORY');
const store = await openLevelStore({ directory, createIfMissing: true });
let count = (await store.get('hw', 'count')) ?? 0;
for (;;) {
  count += 1;
  await store.write([put('hw', 'count', count), put('version', versionKey('train', count), aVersion('train', count))]);
  process.stdout.write(`${count}\n`);
}
