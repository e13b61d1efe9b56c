import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fitsSocket, reachable, unlink } from '../../../rig/demo/places.ts';

const uid = process.getuid?.() ?? 0;
let scratch: string;
beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'b-')));
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** A folder too deep for a socket in it. */
function deepFolder(letter = 'd'): string {
  const folder = join(scratch, letter.repeat(100));
  mkdirSync(folder);
  return folder;
}

test('a folder whose socket fits is used as it is', () => {
  expect(reachable(scratch, scratch, uid)).toBe(scratch);
});

test('a folder too deep for a socket is reached through a short link, the same one each time', () => {
  const folder = deepFolder();
  const short = reachable(folder, scratch, uid);
  writeFileSync(join(short, 'x'), '');
  expect(fitsSocket(short)).toBe(true);
  expect(realpathSync(join(short, 'x'))).toBe(join(folder, 'x'));
  expect(reachable(folder, scratch, uid)).toBe(short);
});

test('two checkouts never share a link', () => {
  const links = ['a', 'b'].map((letter) => reachable(deepFolder(letter), scratch, uid));
  expect(new Set(links).size).toBe(2);
});

test('the last link to go takes its directory along, and never what it leads to', () => {
  const folders = ['a', 'b'].map(deepFolder);
  const [first = '', second = ''] = folders.map((it) => reachable(it, scratch, uid));
  unlink(first);
  expect(existsSync(second)).toBe(true);
  unlink(second);
  expect(existsSync(join(scratch, `berth-${uid}`))).toBe(false);
  expect(folders.every((it) => existsSync(it))).toBe(true);
});

test('a directory for links that others could write to is refused', () => {
  mkdirSync(join(scratch, `berth-${uid}`));
  chmodSync(join(scratch, `berth-${uid}`), 0o777);
  expect(() => reachable(deepFolder(), scratch, uid)).toThrow(/not a directory of this user alone/);
});
