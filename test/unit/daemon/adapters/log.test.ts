import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { createLog, type LogForm, logFormFor } from '../../../../daemon/adapters/log.ts';
import type { Log } from '../../../../daemon/core/host.ts';

function logTo(form: LogForm, level: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  return { lines, log: createLog({ level, form, write: (line) => lines.push(line) }) };
}

test('journald gets the level as a prefix and neither time nor level twice', () => {
  const { lines, log } = logTo('journald', 'debug');
  const core: Log = log;
  core.debug({ gpus: 2 }, 'choosing');
  core.info({ set: 'train', ports: [22, 80] }, 'started');
  core.warn({}, 'the engine is slow');
  core.error({ error: new Error('no space left') }, 'not written');
  expect(lines).toEqual([
    '<7>choosing  gpus=2\n',
    '<6>started  set=train  ports=[22,80]\n',
    '<4>the engine is slow\n',
    '<3>not written  error="no space left"\n',
  ]);
});

test('a terminal gets local time, level, message and facts on one line', () => {
  const { lines, log } = logTo('terminal');
  log.warn({ reason: 'two words' }, 'quarantined');
  expect(lines).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d warn {2}quarantined {2}reason="two words"\n$/)]);
});

test('anything else gets JSON, with the stack of an error', () => {
  const { lines, log } = logTo('json');
  log.error({ error: new Error('boom') }, 'failed');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 50,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    msg: 'failed',
    error: { message: 'boom', stack: expect.stringContaining('log.test.ts') },
  });
});

test('nothing below the level is written', () => {
  const { lines, log } = logTo('json');
  log.debug({}, 'hidden');
  expect(lines).toEqual([]);
});

test.each(['journald', 'terminal'] as const)('what others said can neither forge a record nor steer a %s', (form) => {
  const { lines, log } = logTo(form);
  log.info({ name: 'a\n<0>forged', bar: '\u009b2J' }, 'said\n<0>forged\u001b[2J');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.slice(0, -1)).not.toMatch(/\p{Cc}/u);
});

test('the form follows from who reads', () => {
  expect(logFormFor({ JOURNAL_STREAM: '8:1' }, true)).toBe('journald');
  expect(logFormFor({}, true)).toBe('terminal');
  expect(logFormFor({}, false)).toBe('json');
});

test('Fastify can use it as its own', async () => {
  const { lines, log } = logTo('journald');
  const app = Fastify({ loggerInstance: log });
  app.get('/', (request) => {
    request.log.info('asked');
    return 'ok';
  });
  await app.inject('/');
  await app.close();
  expect(lines.some((line) => /^<6>asked {2}reqId=req-1\n$/.test(line))).toBe(true);
});
