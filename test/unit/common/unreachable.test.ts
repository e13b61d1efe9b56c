import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultSocket, unreachable } from '../../../common/unreachable.ts';

const failed = (code: string) => Object.assign(new Error(code), { code });

test.each(['ENOENT', 'ECONNREFUSED'])('%s means that no daemon runs', (code) => {
  expect(unreachable('/s', failed(code)).message).toBe('berthd is not running (socket /s)');
});

test('the installed daemon is started by systemd, another by hand', () => {
  expect(unreachable(defaultSocket, failed('ENOENT')).hint).toContain('sudo systemctl start berthd');
  expect(unreachable('/s', failed('ENOENT')).hint).toContain('berthd serve --socket /s');
});

test('a socket one may not use names the group that may', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-denied-'));
  const socket = join(folder, 'berth.sock');
  writeFileSync(socket, '');
  chmodSync(socket, 0);
  const { message, hint } = unreachable(socket, failed('EACCES'));
  const hidden = unreachable(join(folder, 'closed', 'berth.sock'), failed('EACCES'));
  rmSync(folder, { recursive: true });
  expect(message).toBe(`you may not use berthd's socket ${socket}`);
  expect(hint).toMatch(/members of the group "[\w-]+"/);
  expect(hint).toContain(userInfo().username);
  expect(hidden.hint, 'the folder that hides it tells its group').toBe(hint);
});

test('anything else keeps its own words', () => {
  expect(unreachable('/s', new Error('socket hang up')).message).toContain('socket hang up');
  expect(unreachable('/s', 'odd').message).toContain('odd');
});
