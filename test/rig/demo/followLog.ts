/** Shows a growing log in the foreground of `make run`, its JSON lines in the form for terminals. */
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { formatLine } from '../../../daemon/adapters/log.ts';

const lookEveryMs = 250;

/** Until told to stop. Each look shows what came since the last one, whole lines only as the daemon writes them. */
export async function followLog(path: string, until: AbortSignal): Promise<void> {
  let offset = 0;
  for (;;) {
    const { size } = statSync(path);
    if (size > offset) await show(path, offset, size);
    offset = size;
    if (until.aborted) return;
    await delay(lookEveryMs, undefined, { signal: until }).catch(() => {});
  }
}

async function show(path: string, start: number, end: number): Promise<void> {
  const input = createReadStream(path, { start, end: end - 1 });
  for await (const line of createInterface({ input })) console.log(readable(line));
}

/** What a crash leaves on stderr is not JSON, and is shown as it is. */
function readable(line: string): string {
  try {
    return formatLine(line, 'terminal');
  } catch {
    return line;
  }
}
