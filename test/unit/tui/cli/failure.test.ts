import { expect, test } from 'vitest';
import { ClientError } from '../../../../common/clientFailure.ts';
import { Interrupted, tellFailure } from '../../../../tui/cli/failure.ts';
import { UsageError } from '../../../../tui/cli/input.ts';
import { FakeTerminal } from '../../../rig/fakeTerminal.ts';

function told(error: unknown, options: { json?: boolean } = {}) {
  const terminal = new FakeTerminal();
  return { code: tellFailure(error, terminal, { color: true, ...options }), text: terminal.stderr.text };
}

test.each([
  [new UsageError('no such flag', 'Look.\nAgain.'), 2, 'berth: no such flag\n  Look.\n  Again.\n'],
  [new ClientError('unreachable', 'nobody there', { hint: 'Start it.' }), 3, 'berth: nobody there\n  Start it.\n'],
  [new ClientError('unknownOutcome', 'cut off', { hint: '' }), 1, 'berth: cut off\n'],
  [new Interrupted('left'), 130, 'berth: left\n'],
  [new TypeError('x is undefined'), 1, 'berth: a fault in berth itself: x is undefined\n  Please report it.\n'],
  ['thrown text', 1, 'berth: a fault in berth itself: thrown text\n  Please report it.\n'],
])('%s is told with its hint and its exit code', (error, code, text) => {
  expect(told(error)).toEqual({ code, text });
});

test('neither message nor hint can steer the terminal', () => {
  const error = new ClientError('reported', 'a\u001b[2Jb', { hint: 'c\u009b31md\u202e' });
  expect(told(error).text).toBe('berth: ab\n  cd\n');
});

test('programs get one line of JSON with all there is', () => {
  const { code, text } = told(new UsageError('no such flag', 'Look.'), { json: true });
  expect(code).toBe(2);
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual({
    error: { kind: 'usage', code: 'USAGE', number: null, message: 'no such flag', hint: 'Look.', details: {} },
  });
});
