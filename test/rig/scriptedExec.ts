/**
 * Commands for tests of exec channels, without an engine: each is a few lines of what it says and when it ends.
 *
 *  - `cat`: gives back its stdin, ends with it
 *  - `say OUT ERR CODE`: writes to both streams, ends with the code
 *  - `flood BYTES`: writes that many bytes
 *  - `terminal`: tells its environment, size and every resize, and gives back what is typed, until `q`
 *  - `hang`: nothing, until it is killed
 *
 * Anything else cannot be started.
 */
import { on, once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ExecOpen } from '../../common/contract/exec.ts';
import { AppError } from '../../common/errors.ts';
import type { ExecSession } from '../../daemon/core/engine.ts';
import type { OpenExec } from '../../daemon/facades/execChannel.ts';

type Output = { readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array };
type Script = (session: ScriptedSession, open: ExecOpen) => AsyncGenerator<Output, number>;

const out = (text: string | Uint8Array): Output => ({ stream: 'stdout', bytes: Buffer.from(text) });

const SCRIPTS: Readonly<Record<string, Script>> = {
  async *cat({ stdin }) {
    for await (const bytes of stdin) yield out(bytes as Buffer);
    return 0;
  },
  async *say(_session, { cmd: [, stdout = '', stderr = '', code = '0'] }) {
    yield out(stdout);
    yield { stream: 'stderr', bytes: Buffer.from(stderr) };
    return Number(code);
  },
  async *flood(_session, { cmd: [, bytes = '0'] }) {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    for (let left = Number(bytes); left > 0; left -= chunk.length) yield out(chunk.subarray(0, left));
    return 0;
  },
  async *terminal({ stdin, sizes }, { env, columns, rows, tty }) {
    yield out(`tty=${tty} env=${env.join(',')} size=${columns}x${rows}\r\n`);
    stdin.on('data', (bytes: Buffer) => sizes.emit('told', `got ${JSON.stringify(bytes.toString())}`, bytes));
    for await (const [text, bytes] of on(sizes, 'told') as AsyncIterable<[string, Buffer | undefined]>) {
      yield out(`${text}\r\n`);
      if (bytes?.includes('q')) return 7;
    }
    return 0;
  },
  async *hang({ sizes }) {
    await once(sizes, 'never');
    yield out('');
    return 0;
  },
};

class ScriptedSession implements ExecSession {
  readonly stdin = new PassThrough();
  /** Speaks of resizes, and of what is typed. */
  readonly sizes = new PassThrough();
  readonly output: AsyncIterable<Output>;
  readonly #exit = Promise.withResolvers<number>();
  readonly #killed = Promise.withResolvers<IteratorResult<Output, number>>();

  constructor(script: Script, open: ExecOpen) {
    this.output = this.#play(script(this, open));
  }

  async *#play(script: AsyncGenerator<Output, number>): AsyncGenerator<Output> {
    for (;;) {
      const next = await Promise.race([script.next(), this.#killed.promise]);
      if (next.done === true) {
        this.#exit.resolve(next.value);
        return;
      }
      yield next.value;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.stdin.write(bytes)) await once(this.stdin, 'drain');
  }

  endInput(): void {
    this.stdin.end();
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.sizes.emit('told', `resized to ${columns}x${rows}`);
  }

  exitCode(): Promise<number> {
    return this.#exit.promise;
  }

  async kill(): Promise<void> {
    this.#killed.resolve({ done: true, value: 137 });
  }
}

export interface ScriptedExec {
  readonly open: OpenExec;
  /** What was asked for, in order. */
  readonly opened: ExecOpen[];
  /** How many commands have been killed. */
  readonly kills: () => number;
}

export function scriptedExec(): ScriptedExec {
  const opened: ExecOpen[] = [];
  let kills = 0;
  return {
    opened,
    kills: () => kills,
    open: async (open, caller) => {
      if ('execId' in open) throw new AppError('EXEC_NOT_FOUND', `there is no session ${open.execId}`);
      opened.push(open);
      const script = SCRIPTS[open.cmd[0] ?? ''];
      if (script === undefined)
        throw new AppError('COMMAND_NOT_STARTED', `cannot start "${open.cmd[0]}" in ${open.name}`);
      caller.signal.addEventListener('abort', () => {
        kills += 1;
      });
      return new ScriptedSession(script, open);
    },
  };
}
