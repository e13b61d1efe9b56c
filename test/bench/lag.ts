/** Preloaded into the UI: tells in a file, twice a second, for how long its event loop was held up since the last time. */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env.BERTH_LAG_FILE;
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
if (file !== undefined)
  setInterval(() => {
    appendFileSync(file, `${delay.max / 1e6}\n`);
    delay.reset();
  }, 500).unref();
