/**
 * SIGKILL in the middle of a change of a volume, under a container that uses it: berthd ends after each effect in turn,
 * and starts again on what it left. The volume is then whole, in its old size or the new one, and nothing is left over.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OperationView } from '../../common/contract/views.ts';
import type { VolumeView } from '../../common/contract/volume.ts';
import { Daemon } from '../rig/daemon.ts';
import { eventually } from '../rig/eventually.ts';
import { IMAGE, testEngine } from '../rig/testEngine.ts';

const MB = 2 ** 20;

let daemon: Daemon;
beforeEach(async () => {
  daemon = await Daemon.start({ ...testEngine(), faulty: true });
});
afterEach(() => daemon.dispose());

const create = () => daemon.ok('POST', '/volumes', { name: 'bar', size: '20MB' });
const resize = (size: string) => daemon.rest('PATCH', '/volumes/bar/size', { size, restartUsers: true });
const status = () => daemon.ok<VolumeView>('GET', '/volumes/bar/status');
const isThere = async () => (await daemon.rest('GET', '/volumes/bar')).code === 200;

/** Kills after effect 1, 2, … until the operation gets through. */
async function killAtEveryEffect(
  verb: string,
  steps: { begin(): Promise<unknown>; act(): Promise<{ readonly code: number }>; look(): Promise<unknown> },
): Promise<number> {
  for (let effect = 1; ; effect += 1) {
    await steps.begin();
    await daemon.killAfter(verb, effect);
    const answer = await steps.act().catch(() => undefined);
    if (answer?.code === 200 && !(await diesSoon())) return effect - 1;
    await daemon.exited();
    await daemon.killAfter('nothing', 0);
    await daemon.startAgain();
    await steps.look();
  }
}

/** The last effects may come after the answer. */
async function diesSoon(): Promise<boolean> {
  await eventually('the operation or the daemon has ended', async () => {
    const operations = await daemon.ok<readonly OperationView[]>('GET', '/operations').catch(() => undefined);
    return daemon.hasExited || operations?.every(({ state }) => state !== 'running') === true;
  });
  return daemon.hasExited;
}

const gone = async (): Promise<void> => {
  if (await isThere()) await daemon.ok('DELETE', '/volumes/bar');
};
const wholeOrNothing = async (): Promise<void> => {
  const there = await isThere();
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  expect(mounts.filter((line) => line.includes(` ${daemon.directory}/`))).toHaveLength(there ? 1 : 0);
  const kept = (await readdir(join(daemon.directory, 'data', 'volumes'))).filter((name) => name.startsWith('bar-'));
  expect(kept).toHaveLength(there ? 1 : 0);
};

test('a daemon killed after any effect of a create leaves a whole volume or nothing', async () => {
  const cuts = await killAtEveryEffect('volume create', {
    begin: gone,
    act: () => daemon.rest('POST', '/volumes', { name: 'bar', size: '20MB' }),
    look: wholeOrNothing,
  });
  expect(cuts).toBeGreaterThan(1);
});

test('a daemon killed after any effect of a resize keeps every byte, and the set that uses it runs', async () => {
  await create();
  const binds = [{ src: 'bar', dest: '/data' }];
  await daemon.ok('POST', '/replicaSet', { replicaSetName: 'train', imageName: IMAGE, binds });
  const look = () => daemon.inside('train', 'cd /data && md5sum .canary && ls -Aln');
  await daemon.inside('train', 'dd if=/dev/urandom of=/data/.canary bs=1M count=8 && ln -s .canary /data/soft');
  const planted = await look();
  const cuts = await killAtEveryEffect('volume resize', {
    begin: async () => {
      if ((await status()).sizeBytes !== 20 * MB) expect(await resize('20MB')).toMatchObject({ code: 200 });
    },
    act: () => resize('30MB'),
    look: async () => expect(await look()).toBe(planted),
  });
  expect(cuts).toBeGreaterThan(3);
});

test('a daemon killed after any effect of a removal leaves a whole volume or nothing', async () => {
  const cuts = await killAtEveryEffect('volume rm', {
    begin: async () => {
      if (!(await isThere())) await create();
    },
    act: () => daemon.rest('DELETE', '/volumes/bar'),
    look: wholeOrNothing,
  });
  expect(cuts).toBeGreaterThan(1);
});
