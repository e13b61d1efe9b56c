#!/usr/bin/env node
/**
 * The program `berth`: hands the process's streams to the command line and ends with its exit code.
 *
 * Compiled code is kept between starts, which halves the time to the first word. The cache lies in a folder of this
 * user alone, whatever the environment says: code that somebody else could write must never be run.
 */
import { enableCompileCache } from 'node:module';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

enableCompileCache(join(userInfo().homedir, '.cache', 'berth'));

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// A reader that leaves early, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { runCli } = await import('./cli/program.ts');
const { setRawMode } = await import('./cli/rawMode.ts');
const surroundings = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  directory: process.cwd(),
  now: () => new Date(),
  onInterrupt: (handle: (signal: NodeJS.Signals) => void) => {
    for (const signal of SIGNALS) process.on(signal, handle);
    return () => {
      for (const signal of SIGNALS) process.off(signal, handle);
    };
  },
};
const exitCode = await runCli(process.argv.slice(2), {
  ...surroundings,
  setRawMode: (raw) => setRawMode(process.stdin, raw),
  openUi: async ({ connect, openSession, ...options }) => {
    const { openUi } = await import('./app.ts'); // Loaded here, so that one-shot commands need not wait for it.
    return await openUi({ ...surroundings, connect, openSession }, options);
  },
});
process.exit(exitCode);
