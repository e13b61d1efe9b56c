/**
 * berthd with a moment at which a signal goes out: as long as the file BERTH_TEST_FAULT_FILE says
 * `{"verb":"patch","effect":4,"when":"after","signal":"SIGKILL"}`, SIGKILL comes to berthd itself right after the fourth
 * effect of a patch; with a `pid` it comes to that process instead. The file is empty once it has come. The switch is
 * here, outside the product: berthd itself has none.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { main } from '../../daemon/main.ts';
import type { Fault } from './fault.ts';

const file = process.env.BERTH_TEST_FAULT_FILE ?? '';
/** While the engine works on what it was just asked for. */
const DURING_MS = 2;

let asked = '';
let seen = 0;

const exitCode = await main(process.argv.slice(2), (when, _effect, ofVerb) => {
  const text = readFileSync(file, 'utf8');
  if (text === '') return;
  if (text !== asked) [asked, seen] = [text, 0];
  const fault = JSON.parse(text) as Fault;
  if (ofVerb !== fault.verb || when !== (fault.when === 'after' ? 'after' : 'before')) return;
  seen += 1;
  if (seen !== fault.effect) return;
  if (fault.when === 'during') setTimeout(() => strike(fault), DURING_MS);
  else strike(fault);
});
process.exit(exitCode);

function strike({ pid = process.pid, signal = 'SIGKILL' }: Fault): void {
  writeFileSync(file, '');
  process.kill(pid, signal);
}
