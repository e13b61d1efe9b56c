import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGroup } from '../../rig/commandGroup.ts';
import { eventually } from '../../rig/eventually.ts';

const env = process.env;

test('the exit code of a command is told', async () => {
  expect(await runGroup(['sh', '-c', 'exit 3'], { env, limitS: 30 })).toMatchObject({ exitCode: 3, overran: false });
});

test('a command that cannot be started ends with 127', async () => {
  expect(await runGroup(['/nowhere/to/be/found'], { env, limitS: 30 })).toMatchObject({ exitCode: 127 });
});

test('a command that hangs is ended with all that it started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-group-'));
  const pidFile = join(folder, 'pid');
  const command = ['sh', '-c', `sleep 600 & echo $! > ${pidFile}; wait`];
  expect(await runGroup(command, { env, limitS: 0.5 })).toMatchObject({ overran: true });
  const pid = readFileSync(pidFile, 'utf8').trim();
  rmSync(folder, { recursive: true });
  await eventually('the command in the background is gone', () => !isAlive(pid));
});

const isAlive = (pid: string): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
