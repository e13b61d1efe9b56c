/**
 * What requests are likely to say in a field, so that they meet: names that exist, images that are there, and values
 * near the edge of what is taken. By field, or by `group.field` where groups mean different things.
 */

const SETS = ['a', 'a', 'b'];
const VOLUMES = ['data', 'data', 'big', 'data-1', 'big-2'];
const BIND_SOURCES = ['data', 'big-1', '/srv/data', '/srv/none', '/etc', 'none'];
const PORTS = ['22', '80', '80/tcp', '53/udp', '70000'];
const ENV = ['A=1', 'B=', 'LD_PRELOAD=/x', 'NVIDIA_VISIBLE_DEVICES=all', 'PATH=/bin', 'C'];
const LABELS = ['team=a', 'team=', 'berth.uid=x', 'k'];

/** Stands for the id that an answer told last; it is put in when the request is sent. */
export const LAST_ID = '$id';

/** Images that exist from the start, in every engine that is fuzzed. */
export const IMAGES = ['app:1', 'app:2'] as const;

export const WORDS: Readonly<Record<string, readonly unknown[]>> = {
  name: [...SETS, ...SETS, ...SETS, 'none', 'a-1'],
  replicaSetName: [...SETS, ...SETS, 'c', 'a-b'],
  newName: [...SETS, 'a-b', ''],
  'volume.name': [...VOLUMES, 'none'],
  imageName: [...IMAGES, ...IMAGES, ...IMAGES, ...IMAGES, 'none:1', 'UPPER', 'a/b/../c'],
  newImageName: ['mine:1', 'team/mine', 'app:1', 'Upper'],
  gpuCount: [0, 0, 1, 1, 2, 3, 5, -1],
  version: [1, 1, 2, 3, 0, 9, -1],
  src: BIND_SOURCES,
  dest: ['/data', '/data', '/x/y', '/', '/a/../b'],
  removeBinds: ['/data', '/x/y', 'none'],
  env: ENV,
  setEnv: ENV,
  unsetEnv: ['A', 'B', 'none'],
  labels: LABELS,
  setLabels: LABELS,
  unsetLabels: ['team', 'none'],
  containerPorts: PORTS,
  addPorts: PORTS,
  removePorts: PORTS,
  cmd: ['sleep', 'echo', '1000', 'true', 'false', 'none'],
  entrypoint: ['sh', '-c', 'echo hi', ''],
  user: ['1000:1000', 'ada', 'Ada', '0', '1000:1000+27,44', 'me', '99999999999'],
  workDir: ['/', '/srv', 'srv', '/none'],
  hostname: ['gpu', '-gpu', 'a.b'],
  size: ['1MB', '20MB', '20MB', '1.5MB', '50mb', '0MB', '-1MB', '5', '2000TB', '1e3MB'],
  thin: [true, false],
  memory: ['64MiB', '1GiB', '1MiB', 'much'],
  memorySwap: ['64MiB', '2GiB'],
  shmSize: ['64MiB', '0'],
  cpu: [0.5, 1, 2, 0, 10_000],
  cpusetCpus: ['0', '0-1', '3-1', 'x'],
  timeout: [0, 1, 10, -1, 4000],
  signal: ['KILL', 'SIGTERM', 'hup', 'USR1', '9', '0', 'NONE'],
  gpu: ['0', '1', '7', 'GPU-5b1c', 'GPU-', 'SIM-0', 'x'],
  reason: ['fan', ''],
  id: [LAST_ID, LAST_ID, LAST_ID, '01J00000000000000000000001', 'none'],
  limit: [1, 3, 500, 0, 501],
  state: ['running', 'stopped', 'none'],
  path: ['/', '/etc', '/none', 'etc', '/a/../b'],
  psArgs: ['-ef', '-o pid,args', ';reboot'],
  since: ['10m', '2026-01-01T00:00:00Z', '0', 'soon'],
  until: ['1h30m', '2026-01-01T00:00:00Z', 'soon'],
  tail: [0, 1, 100, -1],
  network: ['bridge', 'team', 'host', 'none'],
  'network.name': ['bridge', 'team', 'host', 'none'],
  hostIp: ['127.0.0.1', '0.0.0.0', '::1', '10.1.2.3', 'x'],
};

/** What stands in a field that did not expect it. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  '',
  ' ',
  '0',
  '1',
  'true',
  -1,
  0,
  1.5,
  1e21,
  2 ** 53,
  -(2 ** 31),
  true,
  [],
  {},
  [null],
  [[]],
  { a: 1 },
  'x'.repeat(5000),
  '\0',
  'a\nb',
  '\u{1F600}ünï',
  '../..',
  '/',
  '-',
  '$(reboot)',
  '__proto__',
  '\ud800',
];

/** Instead of a part of the path, as it is sent. */
export const ODD_PARTS: readonly string[] = [
  '',
  '.',
  '..',
  '%2e%2e',
  '%2F',
  '%00',
  'a%00b',
  '%zz',
  '%',
  '%ff',
  '%E2%82%AC',
  'a//b',
  'a;b=1',
  'A',
  '-',
  'a%20',
  'x'.repeat(300),
  'x'.repeat(5000),
];

/** Instead of a body, with the type it claims to have. */
export const ODD_BODIES: readonly (readonly [body: string, type: string | undefined])[] = [
  ['', 'application/json'],
  ['null', 'application/json'],
  ['[]', 'application/json'],
  ['1', 'application/json'],
  ['"a"', 'application/json'],
  ['{', 'application/json'],
  ['{"a":1}{"b":2}', 'application/json'],
  ['{"__proto__":{"x":1}}', 'application/json'],
  ['\uFEFF{}', 'application/json'],
  ['{}', 'text/plain'],
  ['{}', undefined],
  ['a=1', 'application/x-www-form-urlencoded'],
  ['{}', 'application/json; charset=utf-16'],
  ['{}', 'APPLICATION/JSON'],
  ['{}', 'application/json;;'],
  ['['.repeat(10_000), 'application/json'],
];
