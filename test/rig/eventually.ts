/** Waits for a condition by asking again; the deadline only ends a test that would otherwise hang. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;

/** Rejects, naming `what`, when it has not come true in `deadlineMs`. A condition that throws ends the wait at once. */
export async function eventually(
  what: string,
  isTrue: () => Promise<boolean> | boolean,
  deadlineMs = 30_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await sleep(POLL_MS);
  }
}
