import { copyFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dice } from '../../../rig/dice.ts';
import { fillState, proveAll, stateFiles, withFlip } from '../../../rig/stateDirectory.ts';

let directory: string;
let files: readonly (readonly [name: string, bytes: number])[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-prove-'));
  await fillState(directory, 700);
  files = await stateFiles(directory);
}, 60_000);
afterAll(() => rm(directory, { recursive: true }));

test('a sound state is found sound, and consists of tables, a log, a manifest, CURRENT and HEAD', async () => {
  expect(await proveAll(directory)).toEqual([]);
  expect(files.filter(([name]) => name.endsWith('.ldb')).length).toBeGreaterThan(1);
  expect(files.find(([name]) => name.endsWith('.log'))?.[1]).toBeGreaterThan(10_000);
});

test('a bit that flips anywhere is found, and its file named', async () => {
  const roll = dice(1);
  for (const [name, bytes] of files) {
    for (let round = 0; round < 25; round += 1) {
      const flip = { byte: roll(bytes), bit: roll(8) };
      const found = await withFlip(join(directory, name), flip, () => proveAll(directory));
      // A flip in CURRENT can name a manifest that is not there.
      const named = name === 'db/CURRENT' ? expect.stringMatching(/^db\/(CURRENT|MANIFEST-\d+)$/) : name;
      expect(found, `${name} ${JSON.stringify(flip)}`).toMatchObject([{ file: named }]);
    }
  }
}, 60_000);

describe.each(['is missing', 'is cut short', 'is empty'])('a file that %s', (how) => {
  test('is found and named', async () => {
    const aside = join(directory, 'aside');
    for (const [name, bytes] of files) {
      // LevelDB begins with an empty log: only the chain of changes can tell that it was not.
      if (how === 'is empty' && name.endsWith('.log')) continue;
      const path = join(directory, name);
      await copyFile(path, aside);
      if (how === 'is missing') await rm(path);
      else await truncate(path, how === 'is empty' ? 0 : Math.floor(bytes / 2));
      expect(await proveAll(directory), name).toMatchObject([{ file: name }]);
      await copyFile(aside, path);
    }
    expect(await proveAll(directory)).toEqual([]);
  });
});
