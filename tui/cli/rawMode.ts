/**
 * A terminal that passes every byte as it is, both ways, for a command that has a terminal of its own.
 *
 * Node's raw mode goes on turning line ends into `\r\n`. The far terminal has done that already, and done twice it
 * breaks full-screen programs; so output processing is switched off besides.
 */
import { spawnSync } from 'node:child_process';
import type { ReadStream } from 'node:tty';

/** Off brings back all the modes that the terminal had before, those of its output too. */
export function setRawMode(stdin: ReadStream, raw: boolean): void {
  stdin.setRawMode(raw);
  // Without stty it still is a terminal, only an untidy one.
  if (raw) spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}
