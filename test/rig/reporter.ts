/**
 * Writes how a vitest run went to the file named by TALLY_FILE, for the closing line of `make test`.
 *
 * Counted as failed, besides failed tests: a file that could not be loaded, a hook that threw, an error nobody
 * awaited, and a test that was begun and never ended.
 *
 * Not here: the closing line (tally.ts), what a person reads during the run (vitest's own reporter).
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { FAILED, PASSED, sum, type Tally } from './tally.ts';

const SKIPPED: Tally = { passed: 0, failed: 0, skipped: 1 };
const BY_STATE: Readonly<Record<ReturnType<TestCase['result']>['state'], Tally>> = {
  passed: PASSED,
  failed: FAILED,
  pending: FAILED,
  skipped: SKIPPED,
};

export function tallyOfRun(modules: readonly TestModule[], unhandledErrorCount: number): Tally {
  const cases = modules.flatMap((it) => [...it.children.allTests()]).map((it) => BY_STATE[it.result().state]);
  const broken = modules.flatMap((it) => [it, ...it.children.allSuites()]).filter((it) => it.errors().length > 0);
  return sum([...cases, ...broken.map(() => FAILED), ...Array.from({ length: unhandledErrorCount }, () => FAILED)]);
}

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const path = process.env.TALLY_FILE;
    if (path !== undefined) writeFileSync(path, JSON.stringify(tallyOfRun(modules, unhandledErrors.length)));
  }
}
