/** What looks like Berth's and is not on record: listed with why, and never touched. */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StrayView } from '../../common/contract/system.ts';
import { LABEL } from '../../daemon/core/labels.ts';
import { Daemon } from '../rig/daemon.ts';
import { plainSpec } from '../rig/engine/conformance.ts';
import { testDockerHost } from '../rig/sharedEngine.ts';
import { IMAGE, outsideView, testEngine } from '../rig/testEngine.ts';

const engine = outsideView();
const COPY = `berth-test/copy:${process.pid}`;
const FORGED = `forged_${process.pid}`;
const INHERITED = `inherited_${process.pid}`;
const VOLUME = `forged-volume-${process.pid}`;

let daemon: Daemon;

beforeEach(async () => {
  daemon = await Daemon.start(testEngine());
});

afterEach(async () => {
  for (const container of [FORGED, INHERITED]) await engine.remove(container).catch(() => undefined);
  await engine.removeImage(COPY).catch(() => undefined);
  await engine.removeVolume(VOLUME).catch(() => undefined);
  await daemon.dispose();
});

/** `docker commit`, which takes the labels of the container along. */
const dockerCommit = (container: string, image: string) => {
  const [repo = '', tag = ''] = image.split(':');
  const url = `http://docker/commit?container=${container}&repo=${repo}&tag=${tag}`;
  const socket = testDockerHost().replace('unix://', '');
  return execa('curl', ['--fail', '--silent', '--show-error', '--unix-socket', socket, '-X', 'POST', url]);
};

test('containers, images, volumes and directories with forged or inherited labels are listed and stay', async () => {
  await daemon.ok('POST', '/replicaSet', { replicaSetName: 'train', imageName: IMAGE, gpuCount: 1 });
  await daemon.ok('PATCH', '/replicaSet/train', {});
  const ours = async () => (await daemon.ok<StrayView[]>('GET', '/strays')).filter(({ why }) => !/another/.test(why));
  expect(await ours()).toEqual([]);

  const { instance } = await daemon.about();
  await dockerCommit('train-2', COPY);
  await engine.start(await engine.create({ ...plainSpec, name: INHERITED, image: COPY, labels: {} }));
  await engine.create({ ...plainSpec, name: FORGED, image: IMAGE, labels: { [LABEL.instance]: instance } });
  await engine.createVolume(VOLUME, { [LABEL.instance]: instance });
  const { directory } = (await daemon.volumes()).support;
  const left = join(directory, 'old-01JZZZZZZZZZZZZZZZZZZZZZZZ');
  await mkdir(left, { recursive: true });

  const leftAlone = expect.stringContaining('left alone');
  const strays = [
    { kind: 'container', name: INHERITED, why: 'says that it is of "train", whose container is train-2; left alone' },
    { kind: 'container', name: FORGED, why: leftAlone },
    { kind: 'image', name: COPY, why: leftAlone },
    { kind: 'volume', name: VOLUME, why: leftAlone },
    { kind: 'directory', name: 'old-01JZZZZZZZZZZZZZZZZZZZZZZZ', why: leftAlone },
  ];
  const seen = await ours();
  expect(seen).toHaveLength(strays.length);
  expect(seen).toEqual(expect.arrayContaining(strays));
  const { stdout } = await daemon.berth('strays');
  for (const { name } of strays) expect(stdout).toContain(name);

  // The next daemon looks at everything anew.
  await daemon.stop();
  await daemon.startAgain();
  expect(await ours()).toEqual(expect.arrayContaining(strays));
  expect(await engine.inspectContainer(INHERITED)).toMatchObject({ running: true });
  expect(await engine.inspectContainer(FORGED)).toBeDefined();
  expect(await engine.inspectImage(COPY)).toBeDefined();
  expect(await engine.inspectVolume(VOLUME)).toBeDefined();
  expect((await stat(left)).isDirectory()).toBe(true);
  expect(await daemon.status('train')).toMatchObject({ state: 'running', version: 2 });
});
