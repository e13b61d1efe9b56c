import { expect, test } from 'vitest';
import { AppError, ERRORS, type ErrorCode, envelopeMessage, NUMBER_TEXT, reportOf } from '../../../common/errors.ts';
import { ENTRIES } from '../../../common/services.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];

test.each(codes)('%s has a number with a text, or the HTTP status as its number', (code) => {
  const { number, http } = ERRORS[code];
  if (typeof number === 'number') expect(NUMBER_TEXT).toHaveProperty(String(number));
  expect(http).toBeGreaterThanOrEqual(400);
  expect(http).toBeLessThan(600);
});

test.each(ENTRIES.filter((entry) => entry.fallback !== undefined))(
  'the fallback of $path has a text',
  ({ fallback }) => {
    expect(NUMBER_TEXT).toHaveProperty(String(fallback));
  },
);

test('a failure on a route without a fallback carries its HTTP status', () => {
  expect(reportOf(new AppError('WRONG_STATE', 'train is stopped'))).toMatchObject({ number: 409, httpStatus: 409 });
});

test.each(codes)('the hint of %s is a sentence or nothing', (code) => {
  expect(ERRORS[code].hint).toMatch(/^$|^(berthd |[A-Z`/]).*[.?]$/);
});

test('the report of an expected failure says what the table says', () => {
  const error = new AppError('LEASES_TAKEN', 'GPU 3 went to eval', { details: { gpus: ['GPU-3'] } });
  expect(reportOf(error, 1011)).toEqual({
    code: 'LEASES_TAKEN',
    number: 1011,
    httpStatus: 409,
    message: 'GPU 3 went to eval',
    hint: 'Use restart: it takes other GPUs and ports.',
    details: { gpus: ['GPU-3'] },
  });
});

test.each([new Error('secret'), 'secret', undefined, { code: 'NOT_FOUND' }])(
  '%s is INTERNAL and tells nothing',
  (thrown) => {
    const report = reportOf(thrown, 1004);
    expect(report).toMatchObject({ code: 'INTERNAL', number: 500, httpStatus: 500 });
    expect(JSON.stringify(report)).not.toContain('secret');
  },
);

test('the text of a number comes first, then the detail and the hint', () => {
  const report = reportOf(new AppError('NAME_TAKEN', '"train" exists'));
  expect(envelopeMessage(report)).toBe(
    'Container already exists: "train" exists. Choose another name, or `berth rm` the set first.',
  );
});

test('a number of HTTP has no text of its own', () => {
  expect(envelopeMessage(reportOf(new AppError('FORBIDDEN', 'not for you')))).toBe('not for you');
});
