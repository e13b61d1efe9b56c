import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-reporter-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs vitest on these files alone and answers what the reporter wrote. */
function tallyOf(files: Readonly<Record<string, string>>): unknown {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.test.js`), text);
  const reporter = join(root, 'test/rig/reporter.ts');
  spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--globals', '--root', folder, '--reporter', reporter],
    { env: { ...process.env, TALLY_FILE: join(folder, 'tally.json') } },
  );
  return JSON.parse(readFileSync(join(folder, 'tally.json'), 'utf8'));
}

test('failed tests, broken files, broken hooks and stray errors all count as failures', () => {
  const tally = tallyOf({
    // The skipped one is there to be counted.
    mixed: "test('a', () => {}); test('b', () => { throw new Error('b'); }); test.skip('c', () => {});",
    unloadable: "throw new Error('at import');",
    hook: "describe('d', () => { beforeAll(() => { throw new Error('hook'); }); test('e', () => {}); });",
    stray: "test('f', async () => { Promise.reject(new Error('stray')); });",
  });
  expect(tally).toEqual({ passed: 2, failed: 4, skipped: 2 });
});
