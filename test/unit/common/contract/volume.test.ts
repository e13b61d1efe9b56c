import { expect, test } from 'vitest';
import { parseInput } from '../../../../common/contract/parse.ts';
import { create, resize } from '../../../../common/contract/volume.ts';

const refusal = (input: unknown, schema = create.input): { code: unknown; message: unknown } => {
  try {
    parseInput(schema, input);
  } catch (error) {
    return error as { code: unknown; message: unknown };
  }
  throw new Error('it was taken');
};

test.each([
  [{ size: '1GB' }, 'VOLUME_NAME_EMPTY', 'name is missing'],
  [{ name: '', size: '1GB' }, 'VOLUME_NAME_EMPTY', 'the name is empty'],
  [{ name: null, size: '1GB' }, 'VOLUME_NAME_EMPTY', 'name is missing'],
  [{ name: '/data', size: '1GB' }, 'VOLUME_NAME_SLASH', '"/data" begins with /'],
  [{ name: 'a-b', size: '1GB' }, 'VOLUME_NAME_DASH', '"a-b" contains a dash'],
  [{ name: 'a b', size: '1GB' }, 'BAD_INPUT', expect.stringContaining('use letters, digits')],
  [{ name: 'a'.repeat(49), size: '1GB' }, 'BAD_INPUT', expect.stringContaining('48')],
  [{ name: 'a', size: '1 apple' }, 'SIZE_NOT_SUPPORTED', '"1 apple" is no size'],
  [{ name: 'a', size: 5 }, 'BAD_INPUT', expect.stringContaining('expected')],
  [{ name: 'a', size: '0GB' }, 'BAD_INPUT', expect.stringContaining('0GB is not more than nothing')],
  [{ name: 'a', size: '-2GB' }, 'BAD_INPUT', expect.stringContaining('-2GB is not more than nothing')],
  [{ name: 'a', size: '1025TB' }, 'BAD_INPUT', expect.stringContaining('more than 1024TB')],
])('create refuses %j as %s', (input, code, message) => {
  expect(refusal(input)).toMatchObject({ code, message });
});

test('a size may be left out of create, and not of resize', () => {
  expect(parseInput(create.input, { name: 'a' })).toEqual({ name: 'a' });
  expect(parseInput(create.input, { name: 'a', size: null })).toEqual({ name: 'a', size: null });
  expect(refusal({ name: 'a' }, resize.input as never)).toMatchObject({
    code: 'SIZE_NOT_SUPPORTED',
    message: 'size is missing',
  });
});
