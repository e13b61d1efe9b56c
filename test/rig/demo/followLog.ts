/** Copies a growing file to stdout until told to stop: the daemon's log, in the foreground of `make run`. */
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

const lookEveryMs = 250;

export async function followLog(path: string, until: AbortSignal): Promise<void> {
  let offset = 0;
  while (!until.aborted) {
    const size = statSync(path).size;
    if (size > offset)
      await pipeline(createReadStream(path, { start: offset, end: size - 1 }), process.stdout, { end: false });
    offset = size;
    await delay(lookEveryMs, undefined, { signal: until }).catch(() => {});
  }
}
