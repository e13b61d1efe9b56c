/** A command in a terminal of this host, as if it ran in a set: for figures, which an engine would blur. */
import { Readable } from 'node:stream';
import pty from '@lydell/node-pty';
import type { ExecSession } from '../../daemon/core/engine.ts';

export function ptyExec(command: string): ExecSession {
  const shell = pty.spawn('/bin/sh', ['-c', command], {
    encoding: null,
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8', PS1: '$ ' },
  });
  const exit = new Promise<number>((resolve) => shell.onExit(({ exitCode }) => resolve(exitCode)));
  const output = new Readable({ read: () => shell.resume(), highWaterMark: 64 * 1024 });
  shell.onData((data: unknown) => {
    if (!output.push(data)) shell.pause();
  });
  void exit.then(() => output.push(null));
  return {
    output: chunks(output),
    write: async (bytes) => shell.write(Buffer.from(bytes).toString()),
    endInput: () => shell.write('\u0004'),
    resize: async (columns, rows) => shell.resize(columns, rows),
    exitCode: () => exit,
    kill: async () => shell.kill('SIGKILL'),
  };
}

async function* chunks(output: Readable): AsyncGenerator<{ readonly stream: 'stdout'; readonly bytes: Uint8Array }> {
  for await (const bytes of output) yield { stream: 'stdout', bytes: bytes as Buffer };
}
