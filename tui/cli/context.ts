/** What every command works with: where to write, for whom, and the way to the daemon. */
import type { Client, ConnectOptions } from '../../common/client.ts';
import type { ExecSession } from '../../common/execClient.ts';
import { canDraw } from '../term/capabilities.ts';
import { painterFor } from './output/paint.ts';
import type { View } from './output/view.ts';
import { socketPath } from './socketPath.ts';
import type { CommonOptions, OutStream, Terminal } from './terminal.ts';

export class Context {
  readonly terminal: Terminal;
  readonly options: CommonOptions;
  readonly socket: string;

  constructor(terminal: Terminal, options: CommonOptions) {
    this.terminal = terminal;
    this.options = options;
    this.socket = socketPath({ flag: options.socket, env: terminal.env, directory: terminal.directory });
  }

  /** Loaded here, so that help and mistakes need not wait for it. Throws ClientError. */
  async connect(how: Omit<ConnectOptions, 'socket'> = {}): Promise<Client> {
    const { connect } = await import('../../common/client.ts');
    return await connect({ socket: this.socket, ...how });
  }

  /** Comes back to a command. Loaded here for the same reason. Throws ClientError. */
  async openSession(execId: string): Promise<ExecSession> {
    const { openSession } = await import('../../common/execClient.ts');
    return await openSession(this.socket, { execId });
  }

  view(stream: OutStream = this.terminal.stdout): View {
    return {
      width: stream.isTTY === true ? stream.columns || 80 : Number.POSITIVE_INFINITY,
      now: this.terminal.now(),
      paint: painterFor(stream, this.terminal.env, this.options.color),
    };
  }

  /** The answer. */
  print(text: string): void {
    this.terminal.stdout.write(`${text}\n`);
  }

  /** What goes beside the answer: questions, progress, warnings. */
  note(text: string): void {
    this.terminal.stderr.write(`${text}\n`);
  }

  /** Somebody sits at a terminal on which a full screen can be drawn. */
  get canShowUi(): boolean {
    const { stdin, stdout, env } = this.terminal;
    return stdin.isTTY === true && stdout.isTTY === true && canDraw(env) && this.options.json !== true;
  }

  /** Somebody sits there who can be asked. */
  get canAsk(): boolean {
    return this.terminal.stdin.isTTY === true && this.terminal.stderr.isTTY === true;
  }
}
