import { expect, test } from 'vitest';
import { EMPTY_LOG, filteredLines, type LogText, lineCharactersMax, withLog } from '../../../../tui/state/logText.ts';

const texts = (log: LogText, filter = ''): readonly string[] => filteredLines(log, filter).map(({ text }) => text);
const kept = (log: LogText): number =>
  log.chunks.flat().reduce((sum, { text }) => sum + text.length, 0) +
  Object.values(log.open).reduce((sum, text) => sum + text.length, 0);

test('lines come in pieces, each stream by itself', () => {
  let log = withLog(EMPTY_LOG, 'stdout', 'one\ntw');
  log = withLog(log, 'stderr', 'err\n');
  log = withLog(log, 'stdout', 'o\r\nthree');
  expect(filteredLines(log, '').map(({ number, text, stream }) => [number, text, stream])).toEqual([
    [0, 'one', 'stdout'],
    [1, 'err', 'stderr'],
    [2, 'two', 'stdout'],
  ]);
});

test('times stand apart, a progress bar shows its last state, and nothing moves the terminal', () => {
  const log = withLog(EMPTY_LOG, 'stdout', '2026-01-22T10:30:00.123456789Z \u001b[31m10%\r\u001b[2K55%\u0007\u202e\n');
  expect(filteredLines(log, '')).toEqual([
    { number: 0, at: '2026-01-22T10:30:00.123456789Z', text: '55%', stream: 'stdout' },
  ]);
});

test('a line of a megabyte is cut, while it comes and when it has come', () => {
  let log = EMPTY_LOG;
  for (let piece = 0; piece < 16; piece += 1) {
    log = withLog(log, 'stdout', 'x'.repeat(64 * 1024));
    expect(kept(log)).toBeLessThanOrEqual(lineCharactersMax + 1);
  }
  log = withLog(log, 'stdout', '\nnext\n');
  expect(texts(log)).toEqual([`${'x'.repeat(lineCharactersMax)} …`, 'next']);
});

test('the oldest lines go, and the numbers of the others stay', () => {
  let log = EMPTY_LOG;
  for (let batch = 0; batch < 150; batch += 1)
    log = withLog(log, 'stdout', Array.from({ length: 1_000 }, (_, at) => `line ${batch * 1_000 + at}\n`).join(''));
  const lines = filteredLines(log, '');
  expect(lines.length).toBeLessThanOrEqual(50_000);
  expect(lines.length).toBeGreaterThan(40_000);
  expect(lines.at(-1)).toMatchObject({ number: 149_999, text: 'line 149999' });
  expect(lines.every(({ number, text }) => text === `line ${number}`)).toBe(true);
});

test('long lines are bounded by their characters, too', () => {
  let log = EMPTY_LOG;
  for (let batch = 0; batch < 100; batch += 1) log = withLog(log, 'stdout', `${'y'.repeat(8_000)}\n`.repeat(100));
  expect(kept(log)).toBeLessThan(18 * 2 ** 20);
  expect(log.next).toBe(10_000);
});

test('a filter wants every word, in any case, and finds what comes later too', () => {
  let log = withLog(EMPTY_LOG, 'stdout', 'Loss 1\nstep\nloss 2 nan\n');
  expect(texts(log, 'LOSS')).toEqual(['Loss 1', 'loss 2 nan']);
  expect(texts(log, 'nan loss')).toEqual(['loss 2 nan']);
  log = withLog(log, 'stdout', 'loss nan 3\n');
  expect(texts(log, 'nan loss')).toEqual(['loss 2 nan', 'loss nan 3']);
  expect(texts(log, 'step')).toEqual(['step']);
});
