import { expect, test } from 'vitest';
import type { WaitView } from '../../../../common/contract/look.ts';
import type { Services } from '../../../../common/services.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { codeOf } from '../../../rig/setScenes.ts';

type Input = Parameters<Services['replicaSet']['wait']>[0];

/** What is heard, and how it ends. */
function waiting(rig: CoreRig, input: Partial<Input> = {}, signal?: AbortSignal) {
  const heard: WaitView[] = [];
  const over = (async () => {
    const full: Input = { name: 'train', condition: 'not-running', ...input };
    for await (const item of rig.services.replicaSet.wait(full, rig.caller('ada', signal))) heard.push(item);
  })();
  over.catch(() => undefined);
  return { heard, over };
}

const ended = (facts: Partial<WaitView>) => ({
  type: 'ended',
  version: 1,
  StatusCode: null,
  replacedBy: null,
  timedOut: false,
  ...facts,
});

async function running(): Promise<CoreRig> {
  const rig = await CoreRig.open();
  await rig.run('train');
  return rig;
}

test('it says at once which version is waited for, and later how that ended', async () => {
  const rig = await running();
  const { heard, over } = waiting(rig);
  await rig.quiet();
  expect(heard).toEqual([{ type: 'waiting', version: 1 }]);
  rig.world.exit('train-1', 7);
  await over;
  expect(heard[1]).toEqual(ended({ StatusCode: 7 }));
});

test.each([
  ['not-running', (rig: CoreRig) => rig.call('stop', 'train'), { StatusCode: 143 }],
  ['next-exit', (rig: CoreRig) => rig.call('stop', 'train'), { StatusCode: 143 }],
  ['removed', (rig: CoreRig) => rig.call('remove', 'train'), { StatusCode: 137 }],
  ['version-change', (rig: CoreRig) => rig.call('remove', 'train'), {}],
  ['not-running', (rig: CoreRig) => rig.call('patch', 'train'), { replacedBy: 2 }],
  ['next-exit', (rig: CoreRig) => rig.call('patch', 'train'), { replacedBy: 2 }],
  ['removed', (rig: CoreRig) => rig.call('patch', 'train'), { replacedBy: 2 }],
  ['version-change', (rig: CoreRig) => rig.call('patch', 'train'), { replacedBy: 2 }],
] as const)('%s, case %#', async (condition, act, outcome) => {
  const rig = await running();
  const { heard, over } = waiting(rig, { condition });
  await rig.quiet();
  await act(rig);
  await over;
  expect(heard[1]).toEqual(ended(outcome));
});

test.each([
  ['not-running', async (rig: CoreRig) => rig.world.exit('train-1', 7), { StatusCode: 7 }],
  ['version-change', (rig: CoreRig) => rig.call('patch', 'model'), { replacedBy: 2 }],
] as const)('another name is no end of it: %s', async (condition, act, outcome) => {
  const rig = await running();
  const { heard, over } = waiting(rig, { condition });
  await rig.quiet();
  await rig.call('rename', 'train', { newName: 'model' });
  await rig.quiet();
  expect(heard).toHaveLength(1);
  await act(rig);
  await over;
  expect(heard[1]).toEqual(ended(outcome));
});

test('a set that has ended is not waited for, unless for its next exit', async () => {
  const rig = await running();
  rig.world.exit('train-1', 7);
  await rig.quiet();
  const { heard, over } = waiting(rig);
  await over;
  expect(heard[1]).toEqual(ended({ StatusCode: 7 }));
  const next = waiting(rig, { condition: 'next-exit' });
  await rig.quiet();
  expect(next.heard).toHaveLength(1);
});

test('it gives up after its time, and the set runs on', async () => {
  const rig = await running();
  const { heard, over } = waiting(rig, { timeout: 60 });
  await rig.quiet();
  await rig.advance(60_000);
  await over;
  expect(heard[1]).toEqual(ended({ timedOut: true }));
  expect((await rig.status('train')).state).toBe('running');
});

test('who leaves is told nothing more', async () => {
  const rig = await running();
  const left = new AbortController();
  const { heard, over } = waiting(rig, {}, left.signal);
  await rig.quiet();
  left.abort();
  await over;
  expect(heard).toHaveLength(1);
});

test('an unknown set is not found before anything is said', async () => {
  const { heard, over } = waiting(await CoreRig.open());
  expect(await codeOf(over)).toBe('NOT_FOUND');
  expect(heard).toEqual([]);
});
