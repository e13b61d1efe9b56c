import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import { scrubUntil } from '../../../../daemon/adapters/scrub.ts';
import { put } from '../../../../daemon/core/records.ts';
import { RecordingLog } from '../../../rig/recordingLog.ts';
import { fillState } from '../../../rig/stateDirectory.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-scrub-'));
  await fillState(directory, 300);
});
afterEach(() => rm(directory, { recursive: true }));

/** Scrubs until it pauses after `rounds`, or finds something: what it found, and how long it slept in all. */
async function scrubbed(rounds = 1): Promise<{ found: string[]; sleptMs: number }> {
  const end = new AbortController();
  const found: string[] = [];
  let sleptMs = 0;
  let left = rounds;
  const sleep = async (ms: number): Promise<void> => {
    if (ms < 3_600_000) sleptMs += ms;
    else if (--left === 0) end.abort();
  };
  const onDamage = (reason: string): void => {
    found.push(reason);
  };
  await scrubUntil(end.signal, { directory, log: new RecordingLog(), sleep, onDamage });
  return { found, sleptMs };
}

test('a sound state is left in peace, at a bounded rate', async () => {
  const tables = (await readdir(join(directory, 'db'))).filter((name) => name.endsWith('.ldb'));
  const { found, sleptMs } = await scrubbed();
  expect(found).toEqual([]);
  expect(tables.length).toBeGreaterThan(0);
  expect(sleptMs).toBeGreaterThan(0);
});

test('a table that is cut short while the state is in use is found and named', async () => {
  const store = await openLevelStore({ directory, createIfMissing: false });
  const table = (await readdir(join(directory, 'db'))).find((name) => name.endsWith('.ldb')) ?? '';
  await truncate(join(directory, 'db', table), 100);
  const { found } = await scrubbed();
  expect(found).toEqual([expect.stringMatching(new RegExp(`^db/${table} is damaged: it has 100 bytes instead of`))]);
  await store.close();
});

test('a state that is written to all the time is never taken for a damaged one', async () => {
  const store = await openLevelStore({ directory, createIfMissing: false });
  const end = new AbortController();
  const writing = (async () => {
    for (let count = 1; !end.signal.aborted; count += 1) {
      await store.write([put('hw', 'count', count), put('audit', String(count), aNote(count))]);
    }
  })();
  const { found } = await scrubbed(60);
  end.abort();
  await writing;
  await store.close();
  expect(found).toEqual([]);
});

const aNote = (count: number) => ({
  id: String(count),
  at: '',
  actor: 'ada',
  verb: 'run',
  subject: 'x'.repeat(2000),
  before: null,
  after: null,
  result: 'ok' as const,
  message: null,
});
