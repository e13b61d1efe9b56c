/** Docker's events, read from bytes. */
import { expect, test } from 'vitest';
import { eventsIn } from '../../../../daemon/adapters/dockerEvents.ts';
import type { EngineEvent } from '../../../../daemon/core/engine.ts';

const line = (Action: string, Attributes: Record<string, string> | null) =>
  `${JSON.stringify({ Type: 'container', Action, Actor: { ID: 'c1', Attributes } })}\n`;

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gather(bytes: Buffer, size: number): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  for await (const event of eventsIn(cut(bytes, size))) events.push(event);
  return events;
}

const about = (action: string, labels: Record<string, string> = {}, exitCode: number | null = null) => ({
  type: 'container',
  action,
  containerId: 'c1',
  labels,
  exitCode,
});

test.each([1, 2, 7, 1000])('come one by one, cut every %i bytes', async (size) => {
  const bytes = Buffer.from(line('start', { team: 'visión' }) + line('stop', { team: 'visión' }));
  expect(await gather(bytes, size)).toEqual([about('start', { team: 'visión' }), about('stop', { team: 'visión' })]);
});

test('have as labels only labels, and an exit code only for an end', async () => {
  const attributes = { exitCode: '3', execDuration: '7', image: 'cuda:12', name: 'web-1', team: 'vision' };
  const bytes = Buffer.from(line('die', attributes) + line('start', attributes) + line('die', null));
  const [ended, started, bare] = await gather(bytes, 1000);
  expect(ended).toEqual(about('die', { team: 'vision' }, 3));
  expect(started).toEqual(about('start', { team: 'vision' }));
  expect(bare).toEqual(about('die'));
});
