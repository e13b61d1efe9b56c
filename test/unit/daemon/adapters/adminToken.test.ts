import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadAdminToken } from '../../../../daemon/adapters/adminToken.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-token-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const written = async (): Promise<string> => (await readFile(join(directory, 'admin.token'), 'utf8')).trim();

test('the first start makes a token that only its owner can read', async () => {
  const token = await loadAdminToken(directory);
  expect((await stat(token.path)).mode & 0o777).toBe(0o600);
  expect(await written()).toMatch(/^[\w-]{43}$/);
});

test('the token in the file is accepted, any other text is not', async () => {
  const token = await loadAdminToken(directory);
  expect(token.matches(await written())).toBe(true);
  expect(token.matches('')).toBe(false);
  expect(token.matches(`${await written()}x`)).toBe(false);
});

test('a later start keeps the token', async () => {
  await loadAdminToken(directory);
  const first = await written();
  expect((await loadAdminToken(directory)).matches(first)).toBe(true);
});

test('an empty token file is refused rather than taken as no protection', async () => {
  await writeFile(join(directory, 'admin.token'), '\n');
  await expect(loadAdminToken(directory)).rejects.toThrow(/is empty/);
});
