/**
 * A verb of the image files' host in a process of its own, which is killed at one of the commands that it runs:
 * node killedVerb.ts DIRECTORY VERB ID SIZE COMMAND before|during|after
 * Ends by itself where the verb has no such command.
 */
import { type RunCommand, runCommand } from '../../../daemon/adapters/commands.ts';
import { probeVolumes } from '../../../daemon/adapters/volumeProbe.ts';

const [directory = '', verb, id = '', size, at, when] = process.argv.slice(2);
let begun = -1;

const run: RunCommand = async (command, options) => {
  begun += 1;
  if (begun === Number(at) && when === 'before') process.kill(process.pid, 'SIGKILL');
  const result = runCommand(command, options);
  // In its middle, as far as it got: what runs dies with us, or goes on.
  if (begun === Number(at) && when === 'during') setImmediate(() => process.kill(process.pid, 'SIGKILL'));
  const answer = await result;
  if (begun === Number(at)) process.kill(process.pid, 'SIGKILL');
  return answer;
};

const host = await probeVolumes({ choice: 'loop', directory, mayTry: false, run });
if (verb === 'create') await host.create(id, { sizeBytes: Number(size), thin: false });
else if (verb === 'resize') await host.resize(id, Number(size));
else await host.remove(id);
