import { expect, test } from 'vitest';
import { AppError } from '../../../../common/errors.ts';
import { decodeRow, encodeRow } from '../../../../daemon/adapters/codecs.ts';

test('a row keeps its sequence number and value, and reads without any tool of ours', () => {
  const text = encodeRow('rs/train', 42, '{"name":"trainé","n":[1,null]}');
  expect(text).toMatch(/^[0-9a-f]{8} 42 \{"name":"trainé","n":\[1,null\]\}$/);
  expect(decodeRow('rs/train', text)).toEqual({ sequence: 42, value: { name: 'trainé', n: [1, null] } });
});

test('a change of any single character is noticed, and the key is named', () => {
  const text = encodeRow('hw/train', 7, '12');
  for (let index = 0; index < text.length; index += 1) {
    const changed = `${text.slice(0, index)}${text[index] === 'x' ? 'y' : 'x'}${text.slice(index + 1)}`;
    expect(() => decodeRow('hw/train', changed), changed).toThrow(/the row hw\/train of the state is damaged/);
  }
});

test.each(['', 'x', '00000000 ', '{"name":"train"}'])('%j is not a row', (text) => {
  expect(() => decodeRow('hw/train', text)).toThrow(AppError);
});

test('a row is valid under its own key only', () => {
  expect(() => decodeRow('hw/eval', encodeRow('hw/train', 7, '12'))).toThrow('hw/eval');
});
