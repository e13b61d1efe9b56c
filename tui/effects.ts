/**
 * Everything that the UI does outside itself: calls to the daemon, its stream of events, the terminal's own services.
 * What comes of it comes back as events.
 *
 * Not here: deciding what to do (state/).
 */
import type { Client } from '../common/client.ts';
import { failureOf } from '../common/clientFailure.ts';
import { LogStream } from './logs/logStream.ts';
import type { Command } from './state/commands.ts';
import type { Event } from './state/events.ts';
import type { Host } from './term/host.ts';
import type { PaneTerminals } from './terminals/paneTerminals.ts';

export interface EffectParts {
  readonly client: Client;
  readonly host: Host;
  readonly terminals: PaneTerminals;
  readonly dispatch: (event: Event) => void;
  readonly quit: () => void;
}

/** A stream that ended is asked for again after this. */
const watchAgainMs = 1_000;

export class Effects {
  readonly #parts: EffectParts;
  #watching: { unsubscribe(): void } | undefined;
  #again: NodeJS.Timeout | undefined;
  #logs: LogStream | undefined;

  constructor(parts: EffectParts) {
    this.#parts = parts;
  }

  run(command: Command): void {
    const { host, terminals, quit } = this.#parts;
    switch (command.type) {
      case 'call':
        void this.#call(command);
        return;
      case 'terminal':
        terminals.run(command);
        return;
      case 'logs':
        this.#followLogs(command);
        return;
      case 'copy':
        host.copy(command.text);
        return;
      case 'mouse':
        host.setMouse(command.on);
        return;
      case 'redraw':
        host.redraw();
        return;
      case 'suspend':
        host.suspend();
        return;
      case 'quit':
        quit();
    }
  }

  /** The daemon's snapshot and differences, from now on and over its restarts. */
  watch(): void {
    const { client, dispatch } = this.#parts;
    this.#watching = client.trpc.event.watch.subscribe(
      { telemetry: true },
      {
        onData: (event) => dispatch({ type: 'daemon', event }),
        onError: (error) => this.#watchAgain(failureOf(error).message),
        onComplete: () => this.#watchAgain('berthd ended the stream of events'),
        onConnectionStateChange: ({ state }) => {
          if (state === 'connecting') dispatch({ type: 'lost', reason: '' });
        },
      },
    );
  }

  stop(): void {
    clearTimeout(this.#again);
    this.#watching?.unsubscribe();
    this.#logs?.close();
  }

  /** One at a time: another one's beginning ends it. */
  #followLogs(command: Extract<Command, { type: 'logs' }>): void {
    const { client, dispatch } = this.#parts;
    this.#logs?.close();
    const { id } = command;
    this.#logs =
      command.do === 'open'
        ? new LogStream(client, command.input, (news) => dispatch({ type: 'logs', id, news }))
        : undefined;
  }

  #watchAgain(reason: string): void {
    this.#watching?.unsubscribe();
    this.#parts.dispatch({ type: 'lost', reason });
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.watch(), watchAgainMs);
  }

  async #call({ kind, path, input, purpose }: Extract<Command, { type: 'call' }>): Promise<void> {
    const { client, dispatch } = this.#parts;
    try {
      const output =
        kind === 'query' ? await client.byPath.query(path, input) : await client.byPath.mutation(path, input);
      dispatch({ type: 'answer', purpose, result: { ok: true, output } });
    } catch (error) {
      dispatch({ type: 'answer', purpose, result: { ok: false, failure: failureOf(error) } });
    }
  }
}
