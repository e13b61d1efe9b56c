/**
 * A state that is damaged or gone, as the person who has to deal with it meets it: reads go on, a backup is put back, or
 * the records are made again from what Docker knows.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SetView, VersionView } from '../../common/contract/views.ts';
import type { VolumeView } from '../../common/contract/volume.ts';
import { Daemon } from '../rig/daemon.ts';
import { IMAGE, testEngine } from '../rig/testEngine.ts';

let daemon: Daemon;
/** The engine is shared with other tests. */
let instance: string;

beforeEach(async () => {
  daemon = await Daemon.start({ ...testEngine(), gpus: 'sim:8', env: { BERTH_BACKUP_EVERY: 'none' } });
  ({ instance } = await daemon.about());
});

afterEach(() => daemon.dispose());

const data = (...parts: readonly string[]): string => join(daemon.directory, 'data', ...parts);

async function runSet(name: string, gpuCount: number): Promise<void> {
  await daemon.ok('POST', '/replicaSet', { replicaSetName: name, imageName: IMAGE, gpuCount, containerPorts: ['22'] });
  await daemon.inside(name, `echo ${name} 1 > /canary`);
}

async function patchSet(name: string, version: number): Promise<void> {
  await daemon.ok('PATCH', `/replicaSet/${name}`, { gpuPatch: { gpuCount: version % 2 } });
  await daemon.inside(name, `echo ${name} ${version} > /canary`);
}

/** What has to be the same afterwards. */
async function picture(): Promise<readonly { set: Partial<SetView>; versions: readonly Partial<VersionView>[] }[]> {
  const sets = await daemon.sets();
  return Promise.all(
    sets.map(async (set) => ({
      set: { name: set.name, version: set.version, state: set.state, gpus: set.gpus, ports: set.ports, uid: set.uid },
      versions: (await daemon.versions(set.name)).map(
        ({ version, parent, cause, changes, gpus, ports, restorable }) => ({
          version,
          parent,
          cause,
          changes,
          gpus,
          ports,
          restorable,
        }),
      ),
    })),
  );
}

/** Without what neither directories nor labels tell. */
async function volumePicture(): Promise<readonly Partial<VolumeView>[]> {
  const { volumes } = await daemon.ok<{ readonly volumes: readonly VolumeView[] }>('GET', '/volumes');
  return volumes.map(({ name, uid, versionName, backend, thin, size, sizeBytes, mounted, usedBy }) => {
    return { name, uid, versionName, backend, thin, size, sizeBytes, mounted, usedBy };
  });
}

test('a flipped bit leaves reads, refuses changes, and a backup puts everything back', async () => {
  await runSet('train', 1);
  await patchSet('train', 2);
  const before = await picture();
  const backup = await daemon.berthd('backup', join(daemon.directory, 'mine.backup'));
  expect(backup).toMatchObject({ code: 0, stdout: expect.stringContaining('mine.backup') });
  await daemon.stop();
  const log = (await readdir(data('db'))).find((name) => name.endsWith('.log')) ?? '';
  const bytes = await readFile(data('db', log));
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
  await writeFile(data('db', log), bytes);

  await daemon.startAgain();
  const { store } = await daemon.about();
  expect(store).toMatchObject({ state: 'damaged', reason: expect.stringContaining(`db/${log} is damaged`) });
  expect(await daemon.rest('DELETE', '/replicaSet/train')).toMatchObject({
    status: 503,
    msg: expect.stringMatching(/the state is damaged.*`berthd doctor` says what is damaged and what to do/),
  });
  expect((await daemon.berth('ls')).code).toBe(0);
  expect(await daemon.berthd('restore', 'x')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('already running'),
  });
  expect(await daemon.berthd('doctor')).toMatchObject({ code: 1, stdout: expect.stringContaining('damaged') });
  await daemon.stop();

  expect(await daemon.berthd('doctor')).toMatchObject({ code: 1, stdout: expect.stringMatching(/BAD.*what to do/) });
  expect(await daemon.berthd('restore', join(daemon.directory, 'mine.backup'))).toMatchObject({ code: 0 });
  expect(await daemon.berthd('doctor')).toMatchObject({ code: 0, stdout: expect.not.stringContaining('BAD') });
  await daemon.startAgain();
  expect(await picture()).toEqual(before);
  expect((await daemon.about()).store.state).toBe('ok');
  await patchSet('train', 3);
});

test('records of ten sets with histories are made again after the state is gone, and every version still rolls back', async () => {
  const names = Array.from({ length: 10 }, (_, at) => `set${at}`);
  for (const [at, name] of names.entries()) {
    await runSet(name, at % 2);
    for (let version = 2; version <= 1 + (at % 3); version += 1) await patchSet(name, version);
  }
  await daemon.ok('POST', '/volumes', { name: 'fat', size: '20MB' });
  await daemon.ok('PATCH', '/volumes/fat/size', { size: '30MB' });
  await daemon.ok('POST', '/volumes', { name: 'plain' });
  await daemon.ok('POST', '/replicaSet', {
    replicaSetName: 'bound',
    imageName: IMAGE,
    binds: [
      { src: 'fat', dest: '/fat' },
      { src: 'plain', dest: '/plain' },
    ],
  });
  await daemon.inside('bound', 'echo fat > /fat/canary; echo plain > /plain/canary');
  const before = await picture();
  const volumes = await volumePicture();
  await daemon.stop();
  await rm(data('db'), { recursive: true });
  await rm(data('HEAD'));
  const { code, stdout } = await daemon.berthd('doctor', '--rebuild', '--instance', instance);
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Rebuilt 11 replicaSets with 20 versions and 2 volumes'),
  });
  await daemon.startAgain();
  expect(await picture()).toEqual(before);
  expect(await volumePicture()).toEqual(volumes);
  expect(await daemon.inside('bound', 'cat /fat/canary /plain/canary')).toBe('fat\nplain\n');
  await patchSet('bound', 2);
  expect(await daemon.inside('bound', 'cat /fat/canary /plain/canary')).toBe('fat\nplain\n');
  expect(await daemon.rest('DELETE', '/volumes/fat')).toMatchObject({ msg: expect.stringContaining('bound by bound') });
  await daemon.ok('PATCH', '/volumes/fat/size', { size: '40MB', restartUsers: true });
  expect((await volumePicture()).map(({ versionName }) => versionName)).toEqual(['fat-3', 'plain-1']);
  for (const [at, name] of names.entries()) {
    expect(await daemon.inside(name, 'cat /canary')).toBe(`${name} ${1 + (at % 3)}\n`);
    if (at % 3 === 0) continue;
    await daemon.ok('PATCH', `/replicaSet/${name}/rollback`, { version: 1 });
    expect(await daemon.inside(name, 'cat /canary')).toBe(`${name} 1\n`);
    expect((await daemon.status(name)).version).toBe((at % 3) + 2);
  }
});
