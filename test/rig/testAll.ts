/**
 * What `make test` runs after the installation, part by part; `full` adds what does not fit into ten minutes.
 *
 * Invariants
 *  - A part that fails does not keep the next from running.
 *  - The last line is the only closing line: every part adds to it, a crash or an overrun counts as a failure.
 *  - The private engine of the parts that need one is gone at the end, however they ended.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '../../common/units.ts';
import { runGroup } from './commandGroup.ts';
import { type PrivateEngine, startPrivateEngine } from './privateEngine.ts';
import { closingLine, FAILED, PASSED, sum, type Tally, tallyOfPart } from './tally.ts';

interface Part {
  readonly name: string;
  readonly command: readonly string[];
  /** Far above what it takes: it only ends what hangs. */
  readonly limitS: number;
  /** Its tests report one by one; any other part is one check. */
  readonly reports?: boolean;
  readonly needsEngine?: boolean;
}

const script = (name: string, limitS = 180, args: readonly string[] = []): Part => ({
  name: [name, ...args].join(' '),
  command: ['npm', 'run', '-s', name, '--', ...args],
  limitS,
});
const tests = (project: string, limitS: number, needsEngine = true): Part => ({
  name: project,
  command: ['vitest', 'run', '--project', project],
  limitS,
  reports: true,
  needsEngine,
});

const PARTS: readonly Part[] = [
  script('typecheck'),
  script('lint'),
  tests('unit', 600, false),
  tests('sim', 900, false),
  tests('fuzz', 300, false),
  tests('suite', 600),
  tests('e2e', 900),
];
const FULL: readonly Part[] = [
  script('sim', 1800, ['--sequences', '100000']),
  script('fuzz', 1800, ['--requests', '200000']),
  tests('full', 3600),
];

const scratch = mkdtempSync(join(tmpdir(), 'berth-test-'));
let engine: PrivateEngine | undefined;
let isOver = false;

async function tallyOf(part: Part): Promise<Tally> {
  console.log(`\n== ${part.name}`);
  const startedAt = Date.now();
  const { tally, remark } = await runPart(part);
  const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
  const took = formatDuration(Date.now() - startedAt);
  console.log(`== ${part.name}: ${tally.passed} passed and ${tally.failed} failed${skipped}${remark} (${took})`);
  return tally;
}

async function runPart(part: Part): Promise<{ tally: Tally; remark: string }> {
  const tallyFile = join(scratch, `${part.name.replaceAll(' ', '')}.json`);
  try {
    const env = { ...process.env, TALLY_FILE: tallyFile, ...(part.needsEngine === true ? await engineEnv() : {}) };
    const { exitCode, overran, interrupted } = await runGroup(part.command, { env, limitS: part.limitS });
    isOver ||= interrupted !== undefined;
    const reported = part.reports === true ? readTally(tallyFile) : exitCode === 0 ? PASSED : FAILED;
    const remark = overran
      ? `, ended after ${part.limitS} s`
      : reported === undefined
        ? ', ended without a result'
        : '';
    return { tally: tallyOfPart(exitCode, reported), remark };
  } catch (error) {
    return { tally: FAILED, remark: `, not run: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** One engine for all parts that need one (globalEngine.ts takes it as it is). */
async function engineEnv(): Promise<Readonly<Record<string, string>>> {
  if (process.getuid?.() !== 0) throw new Error('a private Docker Engine needs root; `make check` needs neither');
  engine ??= await startPrivateEngine();
  return { BERTH_TEST_DOCKER_HOST: engine.dockerHost, BERTH_TEST_GPU_DIR: engine.gpuPath };
}

function readTally(path: string): Tally | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Tally;
  } catch {
    return undefined;
  }
}

const parts = process.argv.includes('full') ? [...PARTS, ...FULL] : PARTS;
const tallies: Tally[] = [];
for (const part of parts) tallies.push(isOver ? FAILED : await tallyOf(part));
await engine?.stop();
rmSync(scratch, { recursive: true });

const total = sum(tallies);
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`\n${closingLine(total)}`);
