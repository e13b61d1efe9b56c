import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { nvidiaSmiAt } from '../../../../daemon/adapters/nvidiaChild.ts';

const WAIT = { timeout: 4_000, interval: 5 };
afterEach(() => vi.restoreAllMocks());

/** Runs a shell script in the place of nvidia-smi. */
function runScript(script: string) {
  const lines: string[] = [];
  const child = nvidiaSmiAt('/bin/sh')(['-c', script], (line) => lines.push(line));
  return { child, lines };
}

/** Gone, or dead and waiting for init to notice. */
const hasEnded = (pid: string | undefined): boolean => {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

test('every line of both outputs is handed on before the end is told, the unfinished last one too', async () => {
  const { child, lines } = runScript('echo one; echo two >&2; printf three; exit 9');
  expect(await child.gone).toEqual({ code: 9, spawnError: null });
  expect(lines.toSorted()).toEqual(['one', 'three', 'two']);
});

test('messages come in English whatever the language of the daemon', async () => {
  const { child, lines } = runScript('echo $LC_ALL');
  await child.gone;
  expect(lines).toEqual(['C']);
});

test.each([
  ['/nonexistent/nvidia-smi', 'ENOENT'],
  ['/etc/passwd', 'EACCES'],
])('%s cannot be started and ends with %s', async (path, spawnError) => {
  expect(await nvidiaSmiAt(path)([], () => undefined).gone).toEqual({ code: null, spawnError });
});

test('a run deaf to polite signals ends when told to, with what it started', async () => {
  const { child, lines } = runScript("trap '' TERM; sleep 600 & echo $!; wait");
  await vi.waitUntil(() => lines.length === 1, WAIT);
  expect(hasEnded(lines[0])).toBe(false);
  child.kill();
  expect(await child.gone).toEqual({ code: null, spawnError: null });
  await vi.waitUntil(() => hasEnded(lines[0]), WAIT);
});

test('a run that has ended is not signalled: its number may have a new owner', async () => {
  const { child } = runScript('exit 0');
  await child.gone;
  const signals = vi.spyOn(process, 'kill');
  child.kill();
  expect(signals).not.toHaveBeenCalled();
});
