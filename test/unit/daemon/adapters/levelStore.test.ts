import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linksKept } from '../../../../daemon/adapters/batchChain.ts';
import { HeadFile, type Witness } from '../../../../daemon/adapters/headFile.ts';
import { openLevel, openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import type { Database, OpenDatabase, OpenHead } from '../../../../daemon/adapters/openState.ts';
import { put, versionKey } from '../../../../daemon/core/records.ts';
import { aVersion } from '../../../rig/records.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-level-'));
});
afterEach(() => rm(directory, { recursive: true }));

const at = (...parts: string[]): string => join(directory, ...parts);
const open = (options: { openDatabase?: OpenDatabase; openHead?: OpenHead } = {}) =>
  openLevelStore({ directory, createIfMissing: true, ...options });

async function writeCounts(from: number, to: number): Promise<void> {
  const store = await open();
  for (let count = from; count <= to; count += 1) await store.write([put('hw', 'count', count)]);
  await store.close();
}

describe('one daemon per state', () => {
  test('a second one is refused with the pid of the first, until that one closes', async () => {
    const first = await open();
    await expect(open()).rejects.toThrow(`berthd is already running on ${directory} with pid ${process.pid}`);
    await first.write([put('hw', 'train', 1)]);
    await first.close();
    expect(await readdir(directory)).not.toContain('berthd.pid');
    const second = await open();
    expect(await second.get('hw', 'train')).toBe(1);
    await second.close();
  });
});

describe('failed writes', () => {
  /** LevelDB that fails as `mode` says: before anything reached the log, or after all of it did. */
  function faulty(): { openDatabase: OpenDatabase; mode: 'none' | 'lost' | 'landed'; opens: number } {
    const fault = { mode: 'none' as 'none' | 'lost' | 'landed', opens: 0, openDatabase };
    async function openDatabase(path: string, createIfMissing: boolean): Promise<Database> {
      fault.opens += 1;
      const level = await openLevel(path, createIfMissing);
      let seen: ((keys: readonly string[]) => ReturnType<Database['getMany']>) | undefined;
      const batch: Database['batch'] = async (entries) => {
        if (fault.mode === 'none') return level.batch(entries);
        if (fault.mode === 'landed') {
          // LevelDB shows a batch to readers only once its sync succeeded: keep the view from before.
          const keys = entries.map((entry) => entry.key);
          const texts = await level.getMany(keys);
          seen = async (wanted) => wanted.map((key) => texts[keys.indexOf(key)]);
          await level.batch(entries);
        }
        throw new Error('input/output error');
      };
      return { ...level, batch, getMany: (keys) => (seen === undefined ? level.getMany(keys) : seen(keys)) };
    }
    return fault;
  }

  test('the state is opened anew before the next write, and only then', async () => {
    const fault = faulty();
    const store = await open({ openDatabase: fault.openDatabase });
    fault.mode = 'lost';
    await expect(store.write([put('hw', 'a', 1)])).rejects.toThrow('input/output error');
    expect(await store.get('hw', 'a')).toBeUndefined();
    expect(fault.opens).toBe(1);
    fault.mode = 'none';
    await store.write([put('hw', 'b', 1)]);
    await store.write([put('hw', 'c', 1)]);
    expect(fault.opens).toBe(2);
    await store.close();
  });

  test('a batch that was reported as failed but is on disk is taken back', async () => {
    const fault = faulty();
    const store = await open({ openDatabase: fault.openDatabase });
    await store.write([put('hw', 'old', 1)]);
    fault.mode = 'landed';
    await expect(store.write([put('hw', 'old', 2), put('hw', 'new', 1)])).rejects.toThrow('input/output error');
    fault.mode = 'none';
    await store.write([put('hw', 'after', 1)]);
    expect([...(await store.load()).hw]).toEqual([
      ['after', 1],
      ['old', 1],
    ]);
    await store.close();
    await (await open()).close();
  });

  test('a batch that cannot be taken back yet is taken back by the first write that succeeds', async () => {
    const fault = faulty();
    const store = await open({ openDatabase: fault.openDatabase });
    fault.mode = 'landed';
    await expect(store.write([put('hw', 'new', 1)])).rejects.toThrow();
    fault.mode = 'lost';
    await expect(store.write([put('hw', 'after', 1)])).rejects.toThrow();
    fault.mode = 'none';
    await store.write([put('hw', 'after', 2)]);
    expect([...(await store.load()).hw]).toEqual([['after', 2]]);
    await store.close();
  });
});

describe('a HEAD that cannot be written', () => {
  /** HEAD on a disk that fails for as long as `broken`. */
  function faultyHead() {
    const fault = { broken: false, openHead };
    async function openHead(path: string): Promise<Witness> {
      const file = await HeadFile.open(path);
      const write: Witness['write'] = async (head) => {
        if (fault.broken) throw new Error('input/output error');
        await file.write(head);
      };
      return { read: () => file.read(), write, close: () => file.close() };
    }
    return fault;
  }

  test('lets the batch that is on disk count, and no other until it can be written again', async () => {
    await writeCounts(1, 1);
    const fault = faultyHead();
    const store = await open({ openHead: fault.openHead });
    fault.broken = true;
    await store.write([put('hw', 'count', 2)]);
    await expect(store.write([put('hw', 'count', 3)])).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await store.get('hw', 'count')).toBe(2);
    fault.broken = false;
    await store.write([put('hw', 'count', 4)]);
    await store.close();
    const again = await open();
    expect(await again.get('hw', 'count')).toBe(4);
    await again.close();
  });
});

test('writes asked for at the same time are a batch each', async () => {
  const store = await open();
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.write([put('hw', `set${index}`, index)])));
  await store.close();
  const head = await HeadFile.open(at('HEAD'));
  expect((await head.read())?.sequence).toBe(21);
  await head.close();
  const again = await open();
  expect((await again.load()).hw.size).toBe(20);
  await again.close();
});

test('links of the chain are kept up to a bound', async () => {
  await writeCounts(1, linksKept + 10);
  const database = await openLevel(at('db'), false);
  const links = await database.rows({ gte: 'seq/', lt: 'seq0' });
  await database.close();
  expect(links.length).toBe(linksKept);
}, 60_000);

test('a writer killed again and again loses no acknowledged batch and leaves no half one', async () => {
  let acknowledged = 0;
  for (let round = 1; round <= 20; round += 1) {
    acknowledged = Math.max(acknowledged, await writeUntilKilled(5 + round));
    const store = await open();
    const count = (await store.get('hw', 'count')) ?? 0;
    expect(count).toBeGreaterThanOrEqual(acknowledged);
    expect((await store.versions('train')).map(({ version }) => version)).toEqual(
      Array.from({ length: count }, (_, index) => count - index),
    );
    expect(await store.get('version', versionKey('train', count))).toEqual(aVersion('train', count));
    await store.close();
  }
}, 60_000);

/** The highest number that the writer said was acknowledged, after it was killed in the middle of its work. */
async function writeUntilKilled(writes: number): Promise<number> {
  const script = new URL('../../../rig/storeWriter.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let last = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    lines += 1;
    if (lines === writes) child.kill('SIGKILL');
  }
  await exited;
  expect(child.signalCode).toBe('SIGKILL');
  return last;
}
