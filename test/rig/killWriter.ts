/** Kills a process that writes to the state, over and over, and looks each time at what is left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { openLevelStore } from '../../daemon/adapters/levelStore.ts';
import { versionKey } from '../../daemon/core/records.ts';
import { aVersion } from './records.ts';

export interface KillTally {
  readonly rounds: number;
  /** Batches that were acknowledged in all. */
  readonly acknowledged: number;
}

/** Each round ends after some acknowledged writes, 1 to 40 of them, wherever the writer is then. */
export async function killWriter(directory: string, rounds: number): Promise<KillTally> {
  let acknowledged = 0;
  for (let round = 1; round <= rounds; round += 1) {
    acknowledged = Math.max(acknowledged, await writeUntilKilled(directory, 1 + (round % 40)));
    const store = await openLevelStore({ directory, createIfMissing: true });
    expect(store.trouble).toBeNull();
    const count = (await store.get('hw', 'count')) ?? 0;
    expect(count).toBeGreaterThanOrEqual(acknowledged);
    const versions = await store.versions('train', { limit: 100 });
    expect(versions.map(({ version }) => version)).toEqual(
      Array.from({ length: Math.min(count, 100) }, (_, index) => count - index),
    );
    expect(await store.get('version', versionKey('train', count))).toEqual(aVersion('train', count));
    await store.close();
  }
  return { rounds, acknowledged };
}

/** The highest number that the writer said was acknowledged, after it was killed in the middle of its work. */
async function writeUntilKilled(directory: string, writes: number): Promise<number> {
  const script = new URL('./storeWriter.ts', import.meta.url).pathname;
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
