/** Live tasks of a container, found by control group under both versions. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostTasksAt } from '../../../../daemon/adapters/hostTasks.ts';

const mine = 'a1'.repeat(32);
const others = 'b2'.repeat(32);
let proc: string;

beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), 'proc-'));
});

afterEach(() => rm(proc, { recursive: true }));

async function addProcess(pid: number, cgroup: string, state = 'S'): Promise<void> {
  const directory = join(proc, String(pid));
  await mkdir(directory);
  await writeFile(join(directory, 'cgroup'), cgroup);
  await writeFile(join(directory, 'stat'), `${pid} (sh) in (odd) ${state} 1 ${pid} 0`.replace('in ', ''));
}

test('finds the processes of one container, under control groups of both versions', async () => {
  await addProcess(10, `9:devices:/docker/${mine}\n1:name=systemd:/docker/${mine}\n`);
  await addProcess(11, `0::/system.slice/docker-${mine}.scope\n`);
  await addProcess(12, `0::/system.slice/docker-${others}.scope\n`);
  await addProcess(13, '0::/init.scope\n');
  expect((await hostTasksAt(proc).tasksOf(mine)).toSorted((a, b) => a - b)).toEqual([10, 11]);
});

test('leaves out zombies, and processes that end while it looks', async () => {
  await addProcess(20, `0::/docker/${mine}\n`, 'Z');
  await mkdir(join(proc, '21'));
  await mkdir(join(proc, '22'));
  await writeFile(join(proc, '22', 'cgroup'), `0::/docker/${mine}\n`);
  await mkdir(join(proc, 'sys'));
  expect(await hostTasksAt(proc).tasksOf(mine)).toEqual([]);
});

test('refuses to look for anything but a whole id: a shorter one would find too many, an empty one all', async () => {
  for (const wrong of ['', 'a1', 'web-1']) await expect(hostTasksAt(proc).tasksOf(wrong)).rejects.toThrow('not the id');
});
