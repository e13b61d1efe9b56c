/**
 * A log as it comes from the daemon, handed on in batches: a flood of pieces is a few events a second.
 *
 * Not here: lines and what is kept of them (state/logText.ts).
 */
import type { Client } from '../../common/client.ts';
import { failureOf } from '../../common/clientFailure.ts';
import type { LogsWish } from '../state/commands.ts';
import type { LogNews, LogPiece } from '../state/logState.ts';

const batchMs = 33;
/** Of one batch; more than is kept of a log would only be dropped later. */
const batchCharactersMax = 16 * 2 ** 20;

export class LogStream {
  readonly #tell: (news: LogNews) => void;
  readonly #subscription: { unsubscribe(): void };
  #pieces: LogPiece[] = [];
  #characters = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Client, input: LogsWish, tell: (news: LogNews) => void) {
    this.#tell = tell;
    this.#subscription = client.trpc.replicaSet.logs.subscribe(input, {
      onStarted: () => {
        this.#forget();
        tell({ news: 'began' });
      },
      onData: (piece) => this.#add(piece),
      onError: (error) => this.#end(failureOf(error).message),
      onComplete: () => this.#end('ended'),
    });
  }

  close(): void {
    this.#forget();
    this.#subscription.unsubscribe();
  }

  #add(piece: LogPiece): void {
    this.#pieces.push(piece);
    this.#characters += piece.text.length;
    while (this.#characters > batchCharactersMax) this.#characters -= this.#pieces.shift()?.text.length ?? 0;
    this.#timer ??= setTimeout(() => this.#flush(), batchMs);
  }

  #flush(): void {
    const pieces = this.#pieces;
    this.#forget();
    if (pieces.length > 0) this.#tell({ news: 'pieces', pieces: joined(pieces) });
  }

  #end(reason: string): void {
    this.#flush();
    this.#tell({ news: 'ended', reason });
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pieces = [];
    this.#characters = 0;
  }
}

/** Neighbours of one stream become one piece. */
function joined(pieces: readonly LogPiece[]): readonly LogPiece[] {
  const runs: { stream: LogPiece['stream']; texts: string[] }[] = [];
  for (const { stream, text } of pieces) {
    const last = runs.at(-1);
    if (last?.stream === stream) last.texts.push(text);
    else runs.push({ stream, texts: [text] });
  }
  return runs.map(({ stream, texts }) => ({ stream, text: texts.join('') }));
}
