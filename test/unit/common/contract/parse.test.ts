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

test('an unknown field that is nearly a known one is told with it', () => {
  expect(refusalOf(Input, { Name: 'a', bind: [] }).message).toContain(
    'unknown field "Name"; did you mean "name"? unknown field "bind"; did you mean "binds"?',
  );
});

const Worded = z.strictObject({
  version: z.int().min(1).max(9).optional(),
  verb: z.enum(['stop', 'start']).optional(),
  image: z.string().min(1).max(5).optional(),
  key: z.string().min(2).optional(),
  cmd: z.array(z.string()).min(1).max(2).optional(),
  dry: z.boolean().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  end: z.discriminatedUnion('type', [z.strictObject({ type: z.literal('eof') })]).optional(),
});

test.each([
  [{ version: '3' }, 'version: expected a number, got a string'],
  [{ version: 1.5 }, 'version: expected a whole number, got a fraction'],
  [{ version: null }, 'version: expected a number, got null'],
  [{ version: 0 }, 'version must be at least 1'],
  [{ version: 10 }, 'version must be at most 9'],
  [{ verb: 'halt' }, 'verb: expected "stop" or "start"'],
  [{ image: '' }, 'image is empty'],
  [{ image: 'abcdef' }, 'image has more than 5 characters'],
  [{ image: ['a'] }, 'image: expected a string, got a list'],
  [{ key: 'a' }, 'key must have at least 2 characters'],
  [{ cmd: [] }, 'cmd is empty'],
  [{ cmd: ['a', 'b', 'c'] }, 'cmd has more than 2 entries'],
  [{ cmd: ['a', 5] }, 'cmd[1]: expected a string, got a number'],
  [{ cmd: {} }, 'cmd: expected a list, got an object'],
  [{ dry: 1 }, 'dry: expected a boolean, got a number'],
  [{ labels: true }, 'labels: expected an object, got a boolean'],
  [{ end: { type: 'x' } }, 'end.type does not fit'],
  ['text', 'the input: expected an object, got a string'],
])('%j is refused in plain words: %s', (raw, text) => {
  const { code, message } = refusalOf(Worded, raw);
  expect({ code, message }).toEqual({ code: 'BAD_INPUT', message: text });
});

test('what is missing is said to be', () => {
  const Needed = z.strictObject({ version: z.int(), verb: z.enum(['stop']), binds: z.array(z.int()) });
  expect(refusalOf(Needed, { verb: 'stop', binds: [] }).message).toBe('version is missing');
  expect(refusalOf(Needed, { version: 1, binds: [] }).message).toBe('verb is missing');
  expect(refusalOf(Needed, { version: 1, verb: 'stop' }).message).toBe('binds is missing');
});

test("a schema's own words go before the plain ones", () => {
  const Own = z.strictObject({ env: z.array(z.string().regex(/=/, 'write KEY=value')) });
  expect(refusalOf(Own, { env: ['A'] }).message).toBe('env[0]: write KEY=value');
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
