/** The program `berth` as a process of its own, started as `npm run berth` starts it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const berthProgram = fileURLToPath(new URL('../../tui/main.ts', import.meta.url));

export function spawnBerth(words: readonly string[], socket: string): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [berthProgram, ...words], { env: { ...process.env, BERTH_SOCKET: socket } });
}

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs to its end with this input. */
export async function runBerth(words: readonly string[], socket: string, input = ''): Promise<Finished> {
  const child = spawnBerth(words, socket);
  child.stdin.on('error', () => undefined); // It may end before it has read everything.
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}
