import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadAdminToken } from '../../../../daemon/adapters/adminToken.ts';
import { tokenHash } from '../../../../daemon/facades/tokens.ts';

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

test('what is kept of the token is its hash', async () => {
  const { sha256 } = await loadAdminToken(directory);
  expect(sha256).toBe(tokenHash(await written()));
});

test('a later start keeps the token', async () => {
  const { sha256 } = await loadAdminToken(directory);
  expect((await loadAdminToken(directory)).sha256).toBe(sha256);
});

test('an empty token file is refused rather than taken as no protection', async () => {
  await writeFile(join(directory, 'admin.token'), '\n');
  await expect(loadAdminToken(directory)).rejects.toThrow(/is empty/);
});
