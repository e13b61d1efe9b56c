/**
 * What `make test` runs after the installation, part by part; `full` adds what does not fit into ten minutes.
 *
 * Invariants
 *  - A part that fails does not keep the next from running.
 *  - The last line is the only closing line: every part adds to it, a crash or an overrun counts as a failure.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '../../common/units.ts';
import { closingLine, FAILED, PASSED, sum, type Tally, tallyOfPart } from './tally.ts';

interface Part {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  readonly limitS: number;
  /** Its tests report one by one; any other part is one check. */
  readonly reports?: boolean;
}

const tests = (project: string, limitS: number): Part => ({
  name: project,
  command: ['vitest', 'run', '--project', project],
  limitS,
  reports: true,
});

const PARTS: readonly Part[] = [
  { name: 'typecheck', command: ['npm', 'run', '-s', 'typecheck'], limitS: 120 },
  { name: 'lint', command: ['npm', 'run', '-s', 'lint'], limitS: 120 },
  tests('unit', 180),
  tests('suite', 240),
  tests('e2e', 360),
];
const FULL = tests('full', 3600);

const scratch = mkdtempSync(join(tmpdir(), 'berth-test-'));

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Exit code of a command that holds this terminal; 124 when it ran past its limit and was ended with all it started. */
async function run({ command: [program, ...args], limitS }: Part, tallyFile: string): Promise<number> {
  const env = { ...process.env, TALLY_FILE: tallyFile };
  const child = spawn(program, args, { stdio: 'inherit', detached: true, env });
  const endAll = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  };
  const interrupted = (signal: NodeJS.Signals): void => {
    process.exitCode = 1;
    endAll(signal);
  };
  let overrun = false;
  const limit = setTimeout(() => {
    overrun = true;
    endAll('SIGKILL');
  }, limitS * 1000);
  for (const signal of INTERRUPTS) process.on(signal, interrupted);
  const exitCode = await exitOf(child);
  for (const signal of INTERRUPTS) process.off(signal, interrupted);
  clearTimeout(limit);
  return overrun ? 124 : exitCode;
}

const exitOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });

function readTally(path: string): Tally | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Tally;
  } catch {
    return undefined;
  }
}

async function tallyOf(part: Part): Promise<Tally> {
  console.log(`\n== ${part.name}`);
  const startedAt = Date.now();
  const tallyFile = join(scratch, `${part.name}.json`);
  const exitCode = await run(part, tallyFile);
  const reported = part.reports === true ? readTally(tallyFile) : exitCode === 0 ? PASSED : FAILED;
  const tally = tallyOfPart(exitCode, reported);
  const why =
    exitCode === 124 ? `, ended after ${part.limitS} s` : reported === undefined ? ', ended without a result' : '';
  const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
  console.log(
    `== ${part.name}: ${closingLine(tally).replace(',', ' and')}${skipped}${why} (${formatDuration(Date.now() - startedAt)})`,
  );
  return tally;
}

const parts = process.argv.includes('full') ? [...PARTS, FULL] : PARTS;
const tallies: Tally[] = [];
for (const part of parts) if (process.exitCode === undefined) tallies.push(await tallyOf(part));
rmSync(scratch, { recursive: true });

const total = sum([...tallies, ...parts.slice(tallies.length).map(() => FAILED)]);
if (total.failed > 0) process.exitCode = 1;
console.log(`\n${closingLine(total)}`);
