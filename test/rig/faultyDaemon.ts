/**
 * berthd that kills itself: BERTH_TEST_KILL_AFTER=patch:4 sends SIGKILL right after the fourth effect of a patch.
 * The switch is here, outside the product: berthd itself has none.
 */
import { main } from '../../daemon/main.ts';

const [verb, count] = (process.env.BERTH_TEST_KILL_AFTER ?? '').split(':');
let seen = 0;

process.exitCode = await main(process.argv.slice(2), (when, _effect, ofVerb) => {
  if (when !== 'after' || ofVerb !== verb) return;
  seen += 1;
  if (seen === Number(count)) process.kill(process.pid, 'SIGKILL');
});
