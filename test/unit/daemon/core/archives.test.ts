import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf, WITH_CONTAINER } from '../../../rig/setScenes.ts';

const nothing = (): Readable => Readable.from([]);
const OPTIONS = { noOverwriteDirNonDir: false, copyUIDGID: false };

async function archiveOf(rig: CoreRig, name: string, path: string): Promise<Buffer> {
  const { bytes } = await rig.services.replicaSet.getArchive({ name, path }, rig.caller(), nothing());
  return await buffer(Readable.from(bytes ?? []));
}

const put = (rig: CoreRig, name: string, path: string, archive: Buffer) =>
  rig.services.replicaSet.putArchive({ name, path, ...OPTIONS }, rig.caller(), Readable.from([archive]));

test.each(WITH_CONTAINER)('files go out of and into a set that is %s', async (scene) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', scene);
  await rig.run('other');
  await put(rig, 'other', '/', await archiveOf(rig, 'train', '/keep'));
  expect(rig.readFile('other', '/keep')).toBe('mine');
  await put(rig, 'train', '/', await archiveOf(rig, 'other', '/keep'));
  expect(await rig.services.replicaSet.statPath({ name: 'train', path: '/keep' }, rig.caller())).toMatchObject({
    name: 'keep',
    size: 4,
  });
  const { bytes } = await rig.services.replicaSet.exportFiles({ name: 'train' }, rig.caller(), nothing());
  expect((await buffer(Readable.from(bytes ?? []))).includes('mine')).toBe(true);
});

test('a path that is not there, one that is no directory, and a set that is not there are told apart', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const archive = await archiveOf(rig, 'train', '/keep');
  expect(await codeOf(archiveOf(rig, 'train', '/none'))).toBe('PATH_NOT_FOUND');
  expect(await codeOf(put(rig, 'train', '/none', archive))).toBe('PATH_NOT_FOUND');
  expect(await codeOf(put(rig, 'train', '/keep', archive))).toBe('PATH_NOT_DIRECTORY');
  expect(await codeOf(archiveOf(rig, 'nobody', '/'))).toBe('NOT_FOUND');
});

test('a set whose container was removed outside Berth has no files', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'gone');
  expect(await codeOf(archiveOf(rig, 'train', '/keep'))).toBe('WRONG_STATE');
});
