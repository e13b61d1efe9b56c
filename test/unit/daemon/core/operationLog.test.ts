import { expect, test } from 'vitest';
import type { OperationView } from '../../../../common/contract/views.ts';
import { OperationLog } from '../../../../daemon/core/operationLog.ts';
import { ManualTime } from '../../../rig/manualTime.ts';

function open() {
  const time = new ManualTime();
  const log = new OperationLog(time.now);
  const shown: OperationView[] = [];
  log.onChange((operation) => shown.push(operation));
  return { time, log, shown };
}

test('an operation shows its steps, each ended by the next', () => {
  const { time, log } = open();
  const entry = log.begin('1', 'patch', 'train', 'ada');
  entry.step('stop container');
  time.advance(500);
  entry.step('save files');
  expect(log.runningOn('train')).toMatchObject({
    verb: 'patch',
    state: 'running',
    endedAt: null,
    steps: [
      { name: 'stop container', startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:00:00.500Z' },
      { name: 'save files', endedAt: null },
    ],
  });
  entry.end('undone', 'no space');
  expect(log.runningOn('train')).toBeUndefined();
  expect(log.list()).toMatchObject([{ state: 'undone', message: 'no space', endedAt: '2026-01-01T00:00:00.500Z' }]);
});

test('bytes are shown a few times a second, and the last ones with the next step', () => {
  const { time, log, shown } = open();
  const entry = log.begin('1', 'patch', 'train', 'ada');
  entry.step('flatten files');
  const before = shown.length;
  for (let at = 1; at <= 1000; at += 1) {
    entry.bytes(at);
    time.advance(1);
  }
  expect(shown.length - before).toBe(5);
  entry.step('create container');
  expect(shown.at(-1)?.steps).toMatchObject([{ bytes: 1000 }, { bytes: null }]);
});

test('running ones are listed first, then the last fifty that ended, newest first', () => {
  const { log } = open();
  for (let id = 1; id <= 60; id += 1) log.begin(String(id), 'stop', 'train', 'ada').end('succeeded', null);
  log.begin('61', 'run', 'other', 'ada');
  const ids = log.list().map(({ id }) => id);
  expect(ids.slice(0, 3)).toEqual(['61', '60', '59']);
  expect(ids).toHaveLength(51);
});
