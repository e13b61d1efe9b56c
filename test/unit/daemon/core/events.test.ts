import { expect, test } from 'vitest';
import type { BerthEvent } from '../../../../common/contract/event.ts';
import type { Services } from '../../../../common/services.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { codeOf } from '../../../rig/setScenes.ts';

type Input = Partial<Parameters<Services['event']['watch']>[0]>;

/** What is told, in words. */
function watching(rig: CoreRig, input: Input) {
  const left = new AbortController();
  const heard: string[] = [];
  const over = (async () => {
    const full = { telemetry: false, ...input };
    for await (const event of rig.services.event.watch(full, rig.caller('ada', left.signal))) heard.push(words(event));
  })();
  over.catch(() => undefined);
  return { heard, over, leave: () => left.abort() };
}

function words(event: BerthEvent): string {
  if (event.type === 'operation') return `${event.operation.verb} ${event.operation.name} ${event.operation.state}`;
  if (event.type === 'containerDied') return `${event.name} v${event.version} died ${event.exitCode}`;
  return event.type;
}

/** A run, ten minutes, and a stop. */
async function lived(): Promise<CoreRig> {
  const rig = await CoreRig.open();
  await rig.run('train');
  await rig.advance(600_000);
  await rig.call('stop', 'train');
  return rig;
}

test.each<readonly [Input, string[]]>([
  [{ since: '1h', until: '0s' }, ['run train succeeded', 'stop train succeeded']],
  [{ since: '5m', until: '0s' }, ['stop train succeeded']],
  [{ since: '1h', until: '5m' }, ['run train succeeded']],
  [{ since: '1h', until: '0s', name: 'other' }, []],
  [{ since: '1h', until: '0s', types: ['set'] }, []],
])('%o tells what has ended then, the oldest first, and ends', async (input, told) => {
  const { heard, over } = watching(await lived(), input);
  await over;
  expect(heard).toEqual(told);
});

test('what has ended outlives the daemon', async () => {
  const rig = await lived();
  await rig.restart();
  const { heard, over } = watching(rig, { since: '1h', until: '0s' });
  await over;
  expect(heard).toEqual(['run train succeeded', 'stop train succeeded']);
});

test('since a moment it goes on with what happens, and tells nothing twice', async () => {
  const rig = await lived();
  const { heard, over, leave } = watching(rig, { since: '1h', types: ['operation'] });
  await rig.run('other');
  await rig.quiet();
  leave();
  await over;
  expect(heard.slice(0, 3)).toEqual(['run train succeeded', 'stop train succeeded', 'run other running']);
  expect(heard.at(-1)).toBe('run other succeeded');
  expect(heard.filter((it) => it === 'run train succeeded')).toHaveLength(1);
});

test('without since it begins with a snapshot; until then it goes on', async () => {
  const rig = await lived();
  const { heard, over } = watching(rig, { until: String(rig.time.now().getTime() / 1000 + 60) });
  await rig.quiet();
  expect(heard).toEqual(['snapshot']);
  await rig.advance(60_000);
  await over;
});

test('a moment that is none is refused', async () => {
  const { over } = watching(await CoreRig.open(), { since: 'yesterday' });
  expect(await codeOf(over)).toBe('BAD_INPUT');
});

test('the end of a main process is told with its exit code, under the name that its set has now', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  await rig.call('rename', 'train', { newName: 'model' });
  const { heard, over, leave } = watching(rig, { types: ['containerDied', 'outOfMemory'], name: 'model' });
  await rig.quiet();
  rig.world.emit(rig.world.get('train-1'), 'oom');
  rig.world.exit('train-1', 7);
  await rig.quiet();
  leave();
  await over;
  expect(heard).toEqual(['snapshot', 'outOfMemory', 'model v1 died 7']);
});
