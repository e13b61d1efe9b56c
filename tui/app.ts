/**
 * The terminal UI as a whole: input and the daemon's messages become events, events the next state, the state a frame.
 *
 * Invariants
 *  - Whatever ends it, a key, a signal or a fault, the terminal is put back first.
 *
 * Not here: what events do (state/reduce.ts), what frames show (views/frame.ts), what commands do (effects.ts).
 */
import { hostname } from 'node:os';
import process from 'node:process';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Client } from '../common/client.ts';
import type { ExecSession } from '../common/execClient.ts';
import { execDetachedMs } from '../common/limits.ts';
import { whoAmI } from './cli/input.ts';
import { Effects } from './effects.ts';
import { actionFor } from './keys/keymap.ts';
import { loadSettings } from './settings/settings.ts';
import type { Event, Target } from './state/events.ts';
import { reduce } from './state/reduce.ts';
import { initialState, type State } from './state/state.ts';
import { rawTerminal, shownTerminals } from './state/terminals.ts';
import type { Canvas } from './term/canvas.ts';
import { capabilitiesOf } from './term/capabilities.ts';
import { Host } from './term/host.ts';
import { type Input, InputParser, type MouseInput } from './term/input.ts';
import { Pacer } from './term/pacer.ts';
import { PaneTerminals } from './terminals/paneTerminals.ts';
import { daemonShells } from './terminals/shells.ts';
import { frame } from './views/frame.ts';

export interface UiOptions {
  readonly readonly: boolean;
  readonly ascii: boolean;
  /** False after `--no-color`. */
  readonly colour: boolean;
}

export interface UiParts {
  /** One that outlives restarts of the daemon. */
  readonly connect: (onAway: (reason: Error) => void) => Promise<Client>;
  readonly openSession: (execId: string) => Promise<ExecSession>;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => Date;
  readonly onInterrupt: (handle: (signal: NodeJS.Signals) => void) => () => void;
}

const tickMs = 1_000;
/** A sequence that does not go on within this was a key by itself. */
const escapeMs = 25;
const wheelLines = 3;
const SIGNAL_CODE: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Returns the exit code, once the person leaves. Throws UsageError, and ClientError where there is no daemon. */
export async function openUi(parts: UiParts, options: UiOptions): Promise<number> {
  const settings = loadSettings(parts.env);
  let app: App | undefined;
  const client = await parts.connect((reason) => app?.lost(reason));
  try {
    app = new App(parts, client, settings, options);
    return await app.run();
  } finally {
    await client.close();
  }
}

class App {
  readonly #parts: UiParts;
  readonly #host: Host;
  readonly #effects: Effects;
  readonly #terminals: PaneTerminals;
  readonly #input = new InputParser();
  readonly #pacer = new Pacer(() => this.#paint());
  readonly #ended = Promise.withResolvers<number>();
  #state: State;
  #frame: Canvas<Target> | undefined;
  #escape: NodeJS.Timeout | undefined;

  constructor(parts: UiParts, client: Client, settings: ReturnType<typeof loadSettings>, options: UiOptions) {
    const { stdin, stdout, env } = parts;
    this.#parts = parts;
    const ascii = options.ascii || settings.ascii;
    const capabilities = capabilitiesOf(env, { ascii, colour: options.colour });
    const { theme, mouse, keymap } = settings;
    const onResize = (): void => this.#resized();
    this.#host = new Host({ stdin, stdout, capabilities, theme, mouse, title: 'berth', onResize });
    this.#terminals = new PaneTerminals({
      shells: daemonShells({ client, openSession: parts.openSession, trueColour: capabilities.trueColour }),
      onStatus: (id, status) => this.#dispatch({ type: 'terminal', id, status }),
      onChange: () => this.#pacer.request(),
      copy: (text) => {
        this.#host.copy(text);
        this.#dispatch({ type: 'copied', text });
      },
    });
    this.#effects = new Effects({
      client,
      host: this.#host,
      terminals: this.#terminals,
      dispatch: (event) => this.#dispatch(event),
      quit: () => this.#ended.resolve(0),
    });
    this.#state = initialState({
      hostName: hostname(),
      me: whoAmI(),
      glyphs: capabilities.glyphs,
      keymap,
      readonly: options.readonly,
      mouse,
      now: parts.now().getTime(),
      width: this.#host.width,
      height: this.#host.height,
    });
  }

  async run(): Promise<number> {
    const { stdin, now, onInterrupt } = this.#parts;
    const fail = (error: unknown): void => this.#ended.reject(error);
    const stopListening = onInterrupt((signal) => this.#ended.resolve(SIGNAL_CODE[signal] ?? 1));
    const tick = setInterval(() => this.#dispatch({ type: 'tick', now: now().getTime() }), tickMs);
    const leave = (): void => this.#ended.resolve(SIGNAL_CODE.SIGHUP ?? 1);
    process.on('uncaughtException', fail);
    stdin.setEncoding('utf8').on('data', this.#read).on('end', leave);
    this.#effects.watch();
    this.#pacer.request();
    try {
      return await this.#ended.promise;
    } finally {
      this.#host.close();
      stdin.off('data', this.#read).off('end', leave);
      clearInterval(tick);
      clearTimeout(this.#escape);
      this.#pacer.stop();
      this.#effects.stop();
      this.#tellRunning(this.#terminals.leave());
      process.off('uncaughtException', fail);
      stopListening();
    }
  }

  /** The connection broke, or does not come back yet. */
  lost({ message }: Error): void {
    this.#dispatch({ type: 'lost', reason: message });
  }

  /** Once the terminal is the shell's again. */
  #tellRunning(count: number): void {
    if (count === 0) return;
    const what = count === 1 ? '1 terminal runs' : `${count} terminals run`;
    this.#parts.stdout.write(
      `${what} on for ${execDetachedMs / 60_000} minutes; berth finds ${count === 1 ? 'it' : 'them'} again.\n`,
    );
  }

  #read = (chunk: string | Buffer): void => {
    clearTimeout(this.#escape);
    this.#take(this.#input.feed(chunk.toString()));
    if (this.#input.isWaiting) this.#escape = setTimeout(() => this.#take(this.#input.flush()), escapeMs);
  };

  #take(inputs: readonly Input[]): void {
    this.#pacer.hurry();
    let typed = '';
    for (const input of inputs) {
      const id = rawTerminal(this.#state);
      if (id === undefined || input.type === 'mouse') this.#takeOne(input);
      else if (this.#isPrefix(input)) {
        this.#type(id, typed);
        typed = '';
        this.#takeOne(input);
      } else if (input.type === 'paste') {
        this.#type(id, typed);
        typed = '';
        this.#fit();
        this.#terminals.paste(id, input.text);
      } else typed += input.text;
    }
    const id = rawTerminal(this.#state);
    if (id !== undefined) this.#type(id, typed);
  }

  /** Bytes for a terminal's program, together: a paste without brackets comes as thousands of keys. */
  #type(id: number, text: string): void {
    if (text === '') return;
    this.#fit();
    this.#terminals.type(id, text);
  }

  #isPrefix(input: Input): boolean {
    return input.type === 'key' && actionFor(this.#state.keymap, 'raw', input.key) !== undefined;
  }

  #takeOne(input: Input): void {
    if (input.type === 'mouse') this.#mouse(input);
    else if (input.type !== 'other') this.#dispatch(input);
  }

  #mouse(input: MouseInput): void {
    const { action, x, y } = input;
    const spot = this.#frame?.hotspotAt(x, y);
    const target = spot?.target;
    if (spot !== undefined && target?.type === 'terminal' && rawTerminal(this.#state) === target.id) {
      if (this.#terminals.mouse(target.id, input, spot)) return;
    }
    if (action === 'press' && target !== undefined) this.#dispatch({ type: 'click', target });
    if (action === 'wheelUp') this.#dispatch({ type: 'wheel', lines: -wheelLines, target });
    if (action === 'wheelDown') this.#dispatch({ type: 'wheel', lines: wheelLines, target });
  }

  #resized(): void {
    this.#dispatch({ type: 'resize', width: this.#host.width, height: this.#host.height });
  }

  #dispatch(event: Event): void {
    const { state, commands } = reduce(this.#state, event);
    this.#state = state;
    for (const command of commands) this.#effects.run(command);
    this.#pacer.request();
  }

  /** A terminal begins with this; keys may come before the first frame that shows it. */
  #fit(): void {
    this.#terminals.fit(shownTerminals(this.#state));
  }

  #paint(): void {
    this.#fit();
    this.#frame = frame(this.#state, this.#host.width, this.#host.height, this.#terminals);
    this.#host.paint(this.#frame);
  }
}
