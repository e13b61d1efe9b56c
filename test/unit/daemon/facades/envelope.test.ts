import { expect, test } from 'vitest';
import { AppError, ERRORS, type ErrorCode } from '../../../../common/errors.ts';
import { openRestFace } from '../../../rig/restFace.ts';

const failing = (error: unknown) => ({
  replicaSet: {
    stop: async () => {
      throw error;
    },
  },
});
const stop = ['PATCH', '/api/v1/replicaSet/train/stop'] as const;

test.each(Object.keys(ERRORS) as ErrorCode[])(
  '%s answers with the number, status and hint of the table',
  async (code) => {
    await using rest = await openRestFace({ services: failing(new AppError(code, 'because')) });
    const { status, headers, body } = await rest.ask(...stop);
    const row = ERRORS[code];
    expect(status).toBe(row.http);
    expect(body.code).toBe(row.number === 'route' ? 1010 : row.number === 'http' ? row.http : row.number);
    expect(body.msg).toContain('because');
    expect(body.msg).toContain(row.hint);
    expect(body.data).toBeNull();
    expect(headers['retry-after']).toBe('retryAfterS' in row ? String(row.retryAfterS) : undefined);
  },
);

test('the text of a number stands first, what happened and what to do after it', async () => {
  await using rest = await openRestFace({ services: failing(new AppError('GPUS_BUSY', '2 of 3 are granted')) });
  const { body, headers } = await rest.ask(...stop);
  expect(body.msg).toBe('Not enough GPU resources: 2 of 3 are granted. `berth gpus` shows who holds what.');
  expect(headers['retry-after']).toBe('30');
});

test('what nobody expected is logged once with its stack, and tells the client nothing of it', async () => {
  const secret = new Error('secret in /etc/passwd');
  await using rest = await openRestFace({ services: failing(secret) });
  const { status, body, text } = await rest.ask(...stop);
  expect({ status, code: body.code }).toEqual({ status: 500, code: 500 });
  expect(body.msg).toMatch(/^Server busy: /);
  expect(text).not.toMatch(/secret|passwd|\.ts/);
  expect(rest.log.errors()).toMatchObject([{ facts: { err: secret, url: '/api/v1/replicaSet/train/stop' } }]);
});

test('an expected failure is not an error of the daemon', async () => {
  await using rest = await openRestFace({ services: failing(new AppError('NOT_FOUND', 'no such set')) });
  await rest.ask(...stop);
  expect(rest.log.errors()).toEqual([]);
});

test.each([
  ['an unknown set', ['PATCH', '/api/v1/replicaSet/nobody/stop'], 1010],
  ['a bad body', ['POST', '/api/v1/replicaSet', { raw: '{' }], 1000],
  ['an unknown route', ['GET', '/nothing'], 404],
  ['a wrong method', ['PUT', '/ping'], 405],
  ['a path that cannot be read', ['GET', '/%zz'], 1000],
  ['no token', ['GET', '/api/v1/version', { headers: { authorization: undefined } }], 401],
] as const)('with legacyStatus %s answers HTTP 200 and says so in its code', async (_what, question, code) => {
  await using rest = await openRestFace({ legacyStatus: true });
  const [method, path, options] = question;
  expect(await rest.ask(method, path, options)).toMatchObject({ status: 200, body: { code, data: null } });
});
