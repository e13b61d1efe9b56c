import { expect, test } from 'vitest';
import { wrap } from '../../../../tui/dialogs/box.ts';

test.each([
  ['one two three', 7, ['one two', 'three']],
  ['  indented text stays so', 12, ['  indented', '  text stays', '  so']],
  ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
  ['模型模型', 5, ['模型', '模型']],
  ['', 5, ['']],
  ['label    value that is long', 14, ['label    value', 'that is long']],
])('"%s" in %i columns', (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});
