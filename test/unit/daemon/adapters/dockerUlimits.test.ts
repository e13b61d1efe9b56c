/** Whether limits may be raised on a host is read from what bounds its first process. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canRaiseUlimits } from '../../../../daemon/adapters/dockerUlimits.ts';

let proc: string;

beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), 'proc-'));
  await mkdir(join(proc, '1'));
});

afterEach(() => rm(proc, { recursive: true }));

test.each([
  ['every capability', 'CapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\n', true],
  ['all but that for resources', 'CapEff:\t000001ffffffffff\nCapBnd:\t000001fffeffffff\n', false],
  ['nothing that can be read', '', true],
])('PID 1 bounded to %s', async (_, status, expected) => {
  await writeFile(join(proc, '1', 'status'), status);
  expect(await canRaiseUlimits(proc)).toBe(expected);
});

test('a host that hides its first process is taken for an ordinary one', async () => {
  expect(await canRaiseUlimits(join(proc, 'missing'))).toBe(true);
});
