import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  containerIdOf,
  type HostPaths,
  identifyProcesses,
  numaNodeOf,
} from '../../../../daemon/adapters/nvidiaProcesses.ts';

const OUTER = 'a'.repeat(64);
const INNER = '0123456789abcdef'.repeat(4);
const UUID = 'GPU-7c1e4f2a-0b0d-4a53-9e61-5d20c8f3a100';
const FILES = {
  'proc/100/cgroup': `0::/system.slice/docker-${INNER}.scope\n`,
  'proc/100/status': 'Name:\tpt_main_thread\nUid:\t1001\t1001\t1001\t1001\n',
  'proc/100/comm': 'pt_main_thread\n',
  'proc/200/cgroup': '0::/user.slice/user-4711.slice/session-3.scope\n',
  'proc/200/status': 'Uid:\t4711\t0\t0\t0\n',
  'proc/200/comm': 'gpu\u001b[31m_burn\n',
  passwd: 'root:x:0:0:root:/root:/bin/bash\nmaria:x:1001:1001:Maria,,,:/home/maria:/bin/sh\n',
  'sys/bus/pci/devices/0000:1b:00.0/numa_node': '1\n',
  'sys/bus/pci/devices/0000:43:00.0/numa_node': '-1\n',
  'sys/bus/pci/devices/10000:01:00.0/numa_node': '0\n',
};

let root: string;
let paths: HostPaths;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'host-paths-'));
  paths = { proc: join(root, 'proc'), sys: join(root, 'sys'), passwd: join(root, 'passwd') };
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

test.each([
  ['cgroup v1', `12:devices:/docker/${INNER}\n1:name=systemd:/docker/${INNER}\n`],
  ['cgroup v2', `0::/system.slice/docker-${INNER}.scope\n`],
  ['a container within a container', `0::/docker/${OUTER}/docker/${INNER}\n`],
])('the container is found in %s', (_, cgroup) => {
  expect(containerIdOf(cgroup)).toBe(INNER);
});

test.each(['0::/user.slice\n', '', `0::/x/${'a'.repeat(63)}\n`, `0::/x/${'a'.repeat(65)}\n`])(
  'a process of the host has no container: %j',
  (cgroup) => {
    expect(containerIdOf(cgroup)).toBeNull();
  },
);

test('a process in a container is named with user, container and the command that nvidia-smi saw', async () => {
  expect(await identifyProcesses([{ uuid: UUID, pid: 100, processName: '/usr/bin/python3 train.py' }], paths)).toEqual([
    { uuid: UUID, pid: 100, command: 'python3', user: 'maria', containerId: INNER },
  ]);
});

test('a process of the host goes by the real uid and its own name, without escape sequences', async () => {
  expect(await identifyProcesses([{ uuid: UUID, pid: 200, processName: null }], paths)).toEqual([
    { uuid: UUID, pid: 200, command: 'gpu_burn', user: '4711', containerId: null },
  ]);
});

test('a process that is gone still counts', async () => {
  expect(await identifyProcesses([{ uuid: UUID, pid: 300, processName: null }], paths)).toEqual([
    { uuid: UUID, pid: 300, command: 'unknown', user: null, containerId: null },
  ]);
});

test.each([
  ['00000000:1B:00.0', 1],
  ['0000:1b:00.0', 1],
  ['00010000:01:00.0', 0],
  ['00000000:43:00.0', null],
  ['00000000:FF:00.0', null],
  ['../../../../etc:passwd', null],
  [null, null],
])('the NUMA node of %j is %j', async (busId, node) => {
  expect(await numaNodeOf(busId, paths)).toBe(node);
});
