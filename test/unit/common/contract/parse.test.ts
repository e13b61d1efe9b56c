import { expect, test } from 'vitest';
import { z } from 'zod';
import { coded, parseInput } from '../../../../common/contract/parse.ts';
import { AppError } from '../../../../common/errors.ts';

function refusalOf(schema: z.ZodType, raw: unknown): AppError {
  try {
    parseInput(schema, raw);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('it was taken');
}

const Input = z.strictObject({
  name: z.string(),
  binds: z.array(z.strictObject({ src: z.string() })).default([]),
  count: z.int().min(0, coded('GPU_COUNT_NEGATIVE', 'count is below 0')).optional(),
  image: z.string(coded('IMAGE_NAME_EMPTY', 'image is missing')).optional(),
});

test('what fits comes back with its defaults', () => {
  expect(parseInput(Input, { name: 'a' })).toEqual({ name: 'a', binds: [] });
});

test.each([undefined, null])('%s counts as an empty input', (raw) => {
  expect(parseInput(z.strictObject({}), raw)).toEqual({});
});

test('an unknown field is refused by its name and place', () => {
  expect(refusalOf(Input, { name: 'a', binds: [{ src: 'x', dst: 'y', z: 1 }] }).message).toBe(
    'unknown field "dst", "z" in binds[0]',
  );
});

test('a wrong type is refused with its place', () => {
  const { code, message } = refusalOf(Input, { name: 'a', binds: [{ src: 5 }] });
  expect(code).toBe('BAD_INPUT');
  expect(message).toMatch(/^binds\[0\]\.src: .*expected string/);
});

test('a message that begins with a code has that code, and only the rest is shown', () => {
  const { code, message } = refusalOf(Input, { name: 'a', count: -1 });
  expect({ code, message }).toEqual({ code: 'GPU_COUNT_NEGATIVE', message: 'count is below 0' });
});

test('of several faults the first in the error table is told, wherever it stands', () => {
  expect(refusalOf(Input, { name: 'a', count: -1, image: 5 }).code).toBe('IMAGE_NAME_EMPTY');
  expect(refusalOf(Input, { count: -1, image: 5 }).code).toBe('BAD_INPUT');
});

test.each(['text', 5, true, []])('%j is no input', (raw) => {
  expect(refusalOf(Input, raw).code).toBe('BAD_INPUT');
});
