/**
 * The count that `make test` ends with, over all its parts.
 *
 * Invariant: a part that did not say how it went, or went wrong without a failed test, counts as one failure.
 */

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const PASSED: Tally = { passed: 1, failed: 0, skipped: 0 };
export const FAILED: Tally = { passed: 0, failed: 1, skipped: 0 };

export const sum = (tallies: readonly Tally[]): Tally => ({
  passed: tallies.reduce((total, it) => total + it.passed, 0),
  failed: tallies.reduce((total, it) => total + it.failed, 0),
  skipped: tallies.reduce((total, it) => total + it.skipped, 0),
});

/** `reported`: what the tests of a part said before it ended with `exitCode`; undefined when they never got there. */
export function tallyOfPart(exitCode: number, reported: Tally | undefined): Tally {
  if (reported === undefined) return FAILED;
  return exitCode !== 0 && reported.failed === 0 ? sum([reported, FAILED]) : reported;
}

export const closingLine = ({ passed, failed }: Tally): string => `${passed} passed, ${failed} failed`;
