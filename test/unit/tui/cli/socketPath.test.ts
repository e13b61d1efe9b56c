import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { socketPath } from '../../../../tui/cli/socketPath.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-socket-'));
  mkdirSync(join(folder, '.berth'));
  mkdirSync(join(folder, 'deep', 'below'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"berth"}');
  writeFileSync(join(folder, '.berth', 'berth.sock'), '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const find = (over: Partial<Parameters<typeof socketPath>[0]> = {}) =>
  socketPath({
    flag: undefined,
    env: {},
    directory: join(folder, 'deep', 'below'),
    installed: join(folder, 'none'),
    ...over,
  });

test('the flag comes before the environment, the environment before everything else', () => {
  expect(find({ flag: '/flag', env: { BERTH_SOCKET: '/env' } })).toBe('/flag');
  expect(find({ env: { BERTH_SOCKET: '/env' } })).toBe('/env');
});

test('an installed daemon comes before the one of a checkout', () => {
  writeFileSync(join(folder, 'installed'), '');
  expect(find({ installed: join(folder, 'installed') })).toBe(join(folder, 'installed'));
});

test('anywhere in a checkout its own daemon is found', () => {
  expect(find()).toBe(join(folder, '.berth', 'berth.sock'));
});

test('outside a checkout, or without a socket in it, the installed place is named', () => {
  writeFileSync(join(folder, 'package.json'), '{"name":"other"}');
  expect(find()).toBe(join(folder, 'none'));
  writeFileSync(join(folder, 'package.json'), 'not json');
  expect(find()).toBe(join(folder, 'none'));
  writeFileSync(join(folder, 'package.json'), '{"name":"berth"}');
  rmSync(join(folder, '.berth', 'berth.sock'));
  expect(find()).toBe(join(folder, 'none'));
});

test('a socket that belongs to somebody else is not trusted', () => {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(join(folder, '.berth', 'berth.sock'), 4242, 4242);
  const stranger = isRoot ? undefined : vi.spyOn(process, 'getuid').mockReturnValue(4242);
  expect(find()).toBe(join(folder, 'none'));
  stranger?.mockRestore();
});
