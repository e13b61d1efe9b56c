/**
 * Kills of a daemon in the middle of a volume's change: at each command that the verb runs, the process that runs it is
 * killed, and the same verb comes after it on what it finds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type VolumeBench, volumeId } from './conformance.ts';

const program = new URL('./killedVerb.ts', import.meta.url).pathname;
const MB = 2 ** 20;
const id = volumeId('killed');

export type Moment = 'before' | 'during' | 'after';

interface KillableVerb {
  readonly what: string;
  readonly verb: 'create' | 'resize' | 'remove';
  readonly megabytes: number;
}

export const shrinking: KillableVerb = {
  what: 'shrinking finds every byte and goes on',
  verb: 'resize',
  megabytes: 10,
};

export const killableVerbs: readonly KillableVerb[] = [
  { what: 'create finds all well when it makes the volume again', verb: 'create', megabytes: 20 },
  { what: 'growth finds every byte and goes on', verb: 'resize', megabytes: 40 },
  shrinking,
  { what: 'removal leaves nothing once it is removed again', verb: 'remove', megabytes: 20 },
];

/** How many kills it came through. */
export async function killAtEveryCommand(
  bench: VolumeBench,
  verb: KillableVerb,
  moments: readonly Moment[],
): Promise<number> {
  for (let command = 0, kills = 0; ; command += 1)
    for (const moment of moments) {
      await begin(bench, verb);
      if (!(await wasKilled(bench, verb, command, moment))) return kills;
      kills += 1;
      await goOn(bench, verb);
      if (verb.verb === 'remove') await expectNothing(bench);
      else await expectWhole(bench, verb);
    }
}

/** A volume with a canary in it, where the verb needs one. */
async function begin({ host }: VolumeBench, { verb }: KillableVerb): Promise<void> {
  await host.remove(id);
  if (verb === 'create') return;
  await host.create(id, { sizeBytes: 20 * MB, thin: false });
  await writeFile(join(host.path(id), 'canary'), 'sings');
}

/** False: the verb came to its end, as it has no such command. */
async function wasKilled({ host }: VolumeBench, it: KillableVerb, command: number, moment: Moment): Promise<boolean> {
  const { directory } = host.support();
  const args = [program, directory, it.verb, id, `${it.megabytes * MB}`, `${command}`, moment];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal !== 'SIGKILL') expect(code).toBe(0);
  return signal === 'SIGKILL';
}

async function goOn({ host }: VolumeBench, { verb, megabytes }: KillableVerb): Promise<void> {
  if (verb === 'create') await host.create(id, { sizeBytes: megabytes * MB, thin: false });
  else if (verb === 'resize') await host.resize(id, megabytes * MB);
  else await host.remove(id);
}

async function expectWhole({ host }: VolumeBench, { verb, megabytes }: KillableVerb): Promise<void> {
  const { directory } = host.support();
  const capacity = (await host.look(id))?.capacityBytes;
  expect(capacity).toBeGreaterThanOrEqual(megabytes * MB);
  expect(capacity).toBeLessThan(megabytes * MB * 1.01 + MB);
  expect(await mountsBelow(directory)).toEqual([join(directory, id, 'mount')]);
  const left = (await readdir(join(directory, id))).filter((name) => name !== 'lock');
  expect(left.toSorted()).toEqual(['image', 'mount', 'volume.json']);
  if (verb === 'resize') expect(await readFile(join(host.path(id), 'canary'), 'utf8')).toBe('sings');
}

async function expectNothing({ host }: VolumeBench): Promise<void> {
  expect(await host.list()).toEqual([]);
  expect(await mountsBelow(host.support().directory)).toEqual([]);
}

async function mountsBelow(path: string): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '');
  return mounts.filter((mount) => mount.startsWith(`${path}/`));
}
