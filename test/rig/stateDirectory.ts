/**
 * A data directory with a state of some size: several tables, a log, a manifest with edits. For tests that damage it.
 */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Damage } from '../../daemon/adapters/damage.ts';
import { openLevelStore } from '../../daemon/adapters/levelStore.ts';
import { proveRoots, proveTables } from '../../daemon/adapters/proveFiles.ts';
import { put, versionKey } from '../../daemon/core/records.ts';
import { aSet, aVersion } from './records.ts';

/** `count` versions of the set `train`, over several lives of the store. */
export async function fillState(directory: string, count: number): Promise<void> {
  const lives = 3;
  for (let life = 0; life < lives; life += 1) {
    const store = await openLevelStore({ directory, createIfMissing: true });
    for (
      let at = life * Math.ceil(count / lives) + 1;
      at <= Math.min(count, (life + 1) * Math.ceil(count / lives));
      at += 1
    ) {
      const version = aVersion('train', at, { operation: `01J${String(at * 7919).padStart(23, '0')}` });
      await store.write([
        put('hw', 'train', at),
        put('set', 'train', aSet('train', { current: at })),
        put('version', versionKey('train', at), version),
      ]);
    }
    await store.close();
  }
}

/** Files that hold state, with their sizes. */
export async function stateFiles(directory: string): Promise<readonly (readonly [name: string, bytes: number])[]> {
  const { live, damages } = await proveRoots(directory);
  if (live === undefined) throw new Error(`the state is damaged already: ${JSON.stringify(damages)}`);
  const current = (await readFile(join(directory, 'db', 'CURRENT'), 'utf8')).trim();
  const number = (at: number): string => String(at).padStart(6, '0');
  const names = [
    'HEAD',
    'db/CURRENT',
    `db/${current}`,
    `db/${number(live.log)}.log`,
    ...[...live.tables.keys()].map((table) => `db/${number(table)}.ldb`),
  ];
  return Promise.all(names.map(async (name) => [name, (await stat(join(directory, name))).size] as const));
}

export async function proveAll(directory: string): Promise<readonly Damage[]> {
  const { damages, live } = await proveRoots(directory);
  const found = [...damages];
  for await (const { damage } of live === undefined ? [] : proveTables(directory, live)) {
    if (damage !== undefined) found.push(damage);
  }
  return found;
}

/** Flips one bit while `look` looks, and back. */
export async function withFlip<T>(path: string, { byte, bit }: Flip, look: () => Promise<T>): Promise<T> {
  const bytes = await readFile(path);
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(byte) ^ (1 << bit), byte);
  await writeFile(path, flipped);
  try {
    return await look();
  } finally {
    await writeFile(path, bytes);
  }
}

export interface Flip {
  readonly byte: number;
  readonly bit: number;
}
