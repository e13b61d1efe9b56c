/**
 * What the older server got wrong, tried here on a real engine: each fault is a test named after it. Those that need
 * no engine are tests of the core and of the faces.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import { Daemon } from '../rig/daemon.ts';
import { plainSpec } from '../rig/engine/conformance.ts';
import { eventually } from '../rig/eventually.ts';
import { IMAGE, outsideView, testEngine } from '../rig/testEngine.ts';

let daemon: Daemon;
let engine: DockerEngine;
let binds: string;

beforeAll(async () => {
  binds = await mkdtemp(join(tmpdir(), 'berth-binds-'));
  const { env, ...engineOfRun } = testEngine();
  daemon = await Daemon.start({ ...engineOfRun, env: { ...env, BERTH_BIND_ROOTS: binds } });
  engine = outsideView();
});

afterAll(async () => {
  await daemon.dispose();
  await rm(binds, { recursive: true, force: true });
});

const run = (name: string, more: object = {}) =>
  daemon.ok<{ name: string }>('POST', '/replicaSet', { replicaSetName: name, imageName: IMAGE, ...more });
const remove = (name: string) => daemon.ok('DELETE', `/replicaSet/${name}`);
const change = (name: string, verb: string, body?: object) => daemon.ok('PATCH', `/replicaSet/${name}${verb}`, body);
const inside = (name: string, script: string) => daemon.inside(name, script);

test.each([
  ['stop, then restart', '/stop', '/restart'],
  ['stop, then patch', '/stop', ''],
  ['pause, then patch', '/pause', ''],
  ['stop, then continue', '/stop', '/continue'],
])('%s keeps every file', async (_name, halt, goOn) => {
  await run('files');
  await inside('files', 'echo kept > /file');
  await change('files', halt);
  await change('files', goOn, goOn === '' ? {} : undefined);
  expect(await inside('files', 'cat /file')).toBe('kept\n');
  await remove('files');
});

test('a patch keeps deletions, dotfiles in the root, hard links and modes', async () => {
  await run('tree');
  await inside(
    'tree',
    'rm /etc/group; echo d > /.hidden; echo l > /a; ln /a /b; touch /s; chmod 4755 /s; mkdir /empty',
  );
  const look = 'ls /etc; cat /.hidden; stat -c %h:%a /a /b /s; ls -d /empty';
  const before = await inside('tree', look);
  await change('tree', '', {});
  expect(await inside('tree', look)).toBe(before);
  expect(await inside('tree', 'stat -c %i /a /b | sort -u | wc -l')).toBe('1\n');
  await remove('tree');
});

test('the command of the next version starts with its files in place', async () => {
  await run('boot', { cmd: ['sh', '-c', 'cat /seed >> /log 2>&1; sleep 1000'] });
  await inside('boot', 'echo planted > /seed; : > /log');
  await change('boot', '', {});
  await eventually('the command has read its file', async () => (await inside('boot', 'cat /log')) === 'planted\n');
  await remove('boot');
});

test('a rollback brings the own files of a set, and a name used again sees nothing of a deleted one', async () => {
  await run('foo');
  await run('bar');
  await inside('foo', 'echo of-foo > /who');
  await inside('bar', 'echo of-bar > /who');
  await change('foo', '', {});
  await change('bar', '', {});
  await change('foo', '/rollback', { version: 1 });
  expect(await inside('foo', 'cat /who')).toBe('of-foo\n');
  await remove('foo');
  const again = await run('foo');
  expect(again.name).not.toBe('foo-1');
  expect(await inside('foo', 'ls /who 2>&1 || true')).toMatch(/No such file/);
  expect(await daemon.rest('PATCH', '/replicaSet/foo/rollback', { version: 1 })).toMatchObject({
    status: 404,
    code: 1021,
  });
  await remove('foo');
  await remove('bar');
});

test('a symbolic link in a container never leads a patch to a file of the host', async () => {
  const victim = join(binds, 'victim');
  await writeFile(victim, 'host');
  await run('link');
  await inside('link', `mkdir -p ${binds} && ln -s ${victim} /out; echo overwritten > ${victim}`);
  await change('link', '', {});
  expect(await readFile(victim, 'utf8')).toBe('host');
  await remove('link');
});

test.each([
  ['the root of the host', { src: '/', dest: '/host' }],
  ['over the root of the container', { src: 'any', dest: '/' }],
  ['a directory that no admin has opened', { src: '/etc', dest: '/host' }],
])('binding %s is refused before anything is made', async (_name, bind) => {
  const refused = await daemon.rest('POST', '/replicaSet', {
    replicaSetName: 'bound',
    imageName: IMAGE,
    binds: [bind],
  });
  expect(refused.status).toBe(400);
  expect(await daemon.rest('GET', '/replicaSet/bound')).toMatchObject({ status: 404 });
});

test('a bind below an opened directory works, also after a patch', async () => {
  await writeFile(join(binds, 'data'), 'shared');
  await run('bound', { binds: [{ src: binds, dest: '/data' }] });
  await change('bound', '', {});
  expect(await inside('bound', 'cat /data/data')).toBe('shared');
  expect((await daemon.info('bound')).hostConfig.Binds).toEqual([`${binds}:/data`]);
  await remove('bound');
});

test('a bind to a volume that does not exist is refused, not invented', async () => {
  const refused = await daemon.rest('POST', '/replicaSet', {
    replicaSetName: 'vol',
    imageName: IMAGE,
    binds: [{ src: 'no_such_volume', dest: '/data' }],
  });
  expect(refused).toMatchObject({ status: 404, code: 1004 });
  expect(await engine.inspectVolume('no_such_volume')).toBeUndefined();
});

test('ten patches one after the other all succeed, with the same host port', async () => {
  await run('often', { containerPorts: ['22'] });
  const ports = (await daemon.info('often')).hostConfig.PortBindings;
  for (let version = 2; version <= 11; version += 1) {
    await inside('often', `echo ${version} >> /log`);
    expect(await change('often', '', {})).toEqual({ containerName: `often-${version}` });
  }
  expect((await inside('often', 'wc -l < /log')).trim()).toBe('10');
  expect((await daemon.info('often')).hostConfig.PortBindings).toEqual(ports);
  await remove('often');
});

test('six concurrent runs of one name make one set, and reads right after it see it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 6 }, () =>
      daemon.rest('POST', '/replicaSet', { replicaSetName: 'once', imageName: IMAGE, gpuCount: 1 }),
    ),
  );
  expect(answers.filter((answer) => answer.code === 200)).toHaveLength(1);
  expect(answers.filter((answer) => answer.code === 1008)).toHaveLength(5);
  expect(await daemon.rest('GET', '/replicaSet/once')).toMatchObject({ status: 200 });
  expect(await daemon.gpusTaken()).toHaveLength(1);
  await remove('once');
});

test('concurrent calls of every kind leave the daemon alive and nothing leased', async () => {
  const names = ['a', 'b', 'c', 'd'];
  await Promise.all(
    names.map((name) =>
      daemon.rest('POST', '/replicaSet', {
        replicaSetName: name,
        imageName: IMAGE,
        gpuCount: 2,
        containerPorts: ['22'],
      }),
    ),
  );
  await Promise.all(
    names.flatMap((name) => [
      daemon.rest('PATCH', `/replicaSet/${name}`, { gpuPatch: { gpuCount: 1 } }),
      daemon.rest('PATCH', `/replicaSet/${name}/restart`),
      daemon.rest('PATCH', `/replicaSet/${name}/stop`),
      daemon.rest('GET', `/replicaSet/${name}/history`),
      daemon.rest('DELETE', `/replicaSet/${name}`),
    ]),
  );
  expect(await daemon.sets()).toEqual([]);
  expect((await daemon.ports()).ports).toEqual([]);
  expect(await daemon.gpusTaken()).toEqual([]);
});

test('a client that leaves ends the command it was running', async () => {
  await run('exec');
  const leaving = new AbortController();
  const call = fetch(`${daemon.url}/api/v1/replicaSet/exec/execute`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await daemon.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ cmd: ['sleep', '54321'] }),
    signal: leaving.signal,
  }).catch(() => undefined);
  const running = async (): Promise<boolean> => (await inside('exec', 'ps')).includes('sleep 54321');
  await eventually('the command runs', running);
  leaving.abort();
  await call;
  await eventually('the command has ended', async () => !(await running()));
  await remove('exec');
});

test('a command that cannot be started is an error, not an answer', async () => {
  await run('cmd');
  const refused = await daemon.rest('POST', '/replicaSet/cmd/execute', { cmd: ['no-such-command'] });
  expect(refused).toMatchObject({ status: 409, code: 1006, data: null });
  expect(
    await daemon.ok('POST', '/replicaSet/cmd/execute', {
      cmd: ['sh', '-c', 'echo out; sleep 0.2; echo err >&2; exit 3'],
    }),
  ).toEqual({
    stdout: 'out\nerr\n',
    stderr: 'err\n',
    output: 'out\n',
    exitCode: 3,
    truncated: false,
  });
  await remove('cmd');
});

test('a host port that somebody else holds is passed over within the same run', async () => {
  const { start } = await daemon.ports();
  const outsider = createServer().listen(start, '0.0.0.0');
  try {
    await run('port', { containerPorts: ['22'] });
    const [grant] = (await daemon.status('port')).ports;
    expect(grant?.hostPort).toBe(start + 1);
    const { ports } = await daemon.ports();
    expect(ports[0]).toMatchObject({ hostPort: start, state: 'foreign' });
    await remove('port');
  } finally {
    outsider.close();
  }
});

test('a container outside Berth that uses GPUs is named, and its GPUs are not granted', async () => {
  const uuids = (await daemon.gpus()).map((gpu) => gpu.uuid);
  const id = await engine.create({
    ...plainSpec,
    name: `outsider_${process.pid}`,
    labels: {},
    gpus: uuids.slice(0, 2),
  });
  try {
    await engine.start(id);
    const refused = await daemon.rest('POST', '/replicaSet', { replicaSetName: 'all', imageName: IMAGE, gpuCount: 8 });
    expect(refused).toMatchObject({ status: 503, code: 1013 });
    expect(refused.msg).toContain(`container outsider_${process.pid}`);
    expect((await daemon.gpus()).filter((gpu) => gpu.state === 'foreign')).toHaveLength(2);
    await run('rest', { gpuCount: 6 });
    await remove('rest');
  } finally {
    await engine.remove(id);
  }
});
