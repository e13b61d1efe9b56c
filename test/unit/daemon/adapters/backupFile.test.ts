import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBackup, writeBackup } from '../../../../daemon/adapters/backupFile.ts';
import { type KeptStore, openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import { dice } from '../../../rig/dice.ts';
import { fillState, withFlip } from '../../../rig/stateDirectory.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-backup-'));
  file = join(directory, 'one.backup');
  await fillState(join(directory, 'data'), 60);
  const store = await openLevelStore({ directory: join(directory, 'data'), createIfMissing: false });
  await backUp(store);
  await store.close();
});
afterEach(() => rm(directory, { recursive: true }));

async function backUp(store: KeptStore): Promise<void> {
  const { head, rows } = await store.moment();
  await writeBackup(file, { instance: 'I', schema: 2, ...head, at: '2026-01-01T00:00:00.000Z' }, rows);
}

test('a backup that is read back holds every row, and says what it is', async () => {
  const rows: (readonly [string, string])[] = [];
  const summary = await readBackup(file, async (some) => void rows.push(...some));
  expect(summary).toMatchObject({ instance: 'I', schema: 2, sequence: 61, rows: rows.length });
  expect(rows.filter(([key]) => key.startsWith('rv/train/')).length).toBe(60);
});

test('a bit that flips anywhere in it is found, or changes nothing that is in it', async () => {
  const whole = await readFile(file);
  const roll = dice(3);
  let found = 0;
  for (let round = 0; round < 200; round += 1) {
    const flip = { byte: roll(whole.length), bit: roll(8) };
    const outcome = await withFlip(file, flip, () => readBackup(file).catch((error: Error) => error));
    if (outcome instanceof Error) {
      expect(outcome.message).toMatch(/is damaged|is not a backup/);
      found += 1;
    } else expect(outcome, JSON.stringify(flip)).toEqual(await readBackup(file));
  }
  // The header of gzip names a time and a system, and its last block ends in bits of no meaning.
  expect(found).toBeGreaterThan(190);
});

describe('what only looks like a backup is refused', () => {
  const lines = async (): Promise<string[]> =>
    gunzipSync(await readFile(file))
      .toString()
      .trimEnd()
      .split('\n');
  const rewritten = (text: readonly string[]): Promise<void> => writeFile(file, gzipSync(`${text.join('\n')}\n`));

  test.each([
    ['one whose end is missing', (all: string[]) => all.slice(0, -1), /its end is missing/],
    ['one that lacks a row', (all: string[]) => all.toSpliced(3, 1), /not what was written/],
    [
      'one with a row that was changed',
      (all: string[]) => all.map((line) => line.replace('ada', 'bob')),
      /checksum|not what was written/,
    ],
    [
      'one that names no format',
      (all: string[]) => all.with(0, '{"format":"other"}'),
      /not a backup of Berth, or one of a newer version/,
    ],
    [
      'one whose rows belong to another moment',
      (all: string[]) => all.with(0, (all[0] ?? '').replace('"sequence":61', '"sequence":62')),
      /./,
    ],
  ])('%s', async (_, change, message) => {
    await rewritten(change(await lines()));
    await expect(readBackup(file)).rejects.toThrow(message);
  });

  test('a text, a directory, and nothing at all', async () => {
    await writeFile(join(directory, 'text'), 'hello');
    await expect(readBackup(join(directory, 'text'))).rejects.toThrow('is not a backup of Berth');
    await expect(readBackup(directory)).rejects.toThrow('is a directory; name one of the backups in it');
    await expect(readBackup(join(directory, 'none'))).rejects.toThrow('there is no file');
  });
});
