import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { detachSequence, UntilDetached } from '../../../../tui/cli/detachKeys.ts';

async function typed(keys: string, ...chunks: readonly string[]): Promise<{ passed: string; detached: boolean }> {
  let detached = false;
  const filter = new UntilDetached(detachSequence(keys), () => {
    detached = true;
    filter.end();
  });
  for (const chunk of chunks) filter.write(chunk);
  if (!detached) filter.end();
  else filter.destroy();
  return { passed: detached ? '' : await text(filter), detached };
}

test.each([
  ['ls\n', 'ls\n'],
  ['a\u0010b', 'a\u0010b'],
  ['\u0010\u0010x', '\u0010\u0010x'],
])('%j passes as it is', async (input, output) => {
  expect(await typed('ctrl-p,ctrl-q', input)).toEqual({ passed: output, detached: false });
});

test.each([[['abc\u0010\u0011']], [['\u0010', '\u0011']], [['\u0010\u0010\u0011']]])('%j leaves', async (chunks) => {
  expect(await typed('ctrl-p,ctrl-q', ...chunks)).toMatchObject({ detached: true });
});

test('other keys may be chosen, and none that are no keys', () => {
  expect([...detachSequence('ctrl-],d')]).toEqual([0x1d, 0x64]);
  expect(() => detachSequence('ctrl-pp')).toThrow('--detach-keys takes keys such as');
});
