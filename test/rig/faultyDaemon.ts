/**
 * berthd that kills itself: as long as the file BERTH_TEST_KILL_FILE says `patch:4`, SIGKILL comes right after the
 * fourth effect of a patch. The switch is here, outside the product: berthd itself has none.
 */
import { readFileSync } from 'node:fs';
import { main } from '../../daemon/main.ts';

const file = process.env.BERTH_TEST_KILL_FILE ?? '';
let seen = 0;

const exitCode = await main(process.argv.slice(2), (when, _effect, ofVerb) => {
  const [verb, count] = readFileSync(file, 'utf8').split(':');
  if (when !== 'after' || ofVerb !== verb) return;
  seen += 1;
  if (seen === Number(count)) process.kill(process.pid, 'SIGKILL');
});
process.exit(exitCode);
