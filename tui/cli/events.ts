/**
 * `berth events`: lines for people, or with `--json` one document a line, until Ctrl-C.
 *
 * It outlives a restart of the daemon: it says so on stderr and goes on with the fresh snapshot.
 */
import type { Client } from '../../common/client.ts';
import { ClientError } from '../../common/clientFailure.ts';
import { BerthEvent } from '../../common/contract/event.ts';
import { safeJson } from '../safe.ts';
import type { CommandSpec } from './commands.ts';
import type { Context } from './context.ts';
import type { RawInput } from './input.ts';
import { Narrator } from './output/event.ts';
import { exitCode } from './terminal.ts';

export async function follow(context: Context, spec: CommandSpec, input: RawInput): Promise<number> {
  const client = await context.connect({ reconnect: true });
  const over = Promise.withResolvers<number>();
  const stopListening = context.terminal.onInterrupt(() => over.resolve(exitCode.ok));
  const subscription = subscribe(context, client, spec, input, over);
  try {
    return await over.promise;
  } finally {
    stopListening();
    subscription.unsubscribe();
    await client.close();
  }
}

function subscribe(
  context: Context,
  client: Client,
  spec: CommandSpec,
  input: RawInput,
  over: PromiseWithResolvers<number>,
): { unsubscribe(): void } {
  const tell = teller(context);
  let away = false;
  return client.byPath.subscription(spec.path, input, {
    onData: tell,
    onError: over.reject,
    onComplete: () => (input.until === undefined ? over.reject(ended()) : over.resolve(exitCode.ok)),
    onConnectionStateChange: ({ state }) => {
      if (state === 'connecting' && !away) context.note('berthd went away; waiting for it to come back.');
      if (state === 'pending' && away) context.note('berthd is back.');
      away = state === 'connecting';
    },
  });
}

const ended = (): ClientError =>
  new ClientError('unreachable', 'berthd ended the stream of events', { hint: 'Start `berth events` again.' });

function teller(context: Context): (data: unknown) => void {
  if (context.options.json === true) return (data) => context.print(safeJson(data));
  const narrator = new Narrator();
  return (data) => {
    for (const line of narrator.lines(BerthEvent.parse(data), context.view())) context.print(line);
  };
}
