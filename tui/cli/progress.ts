/**
 * What the daemon is doing for a command that waits: which step, how long, how many bytes.
 *
 * On a terminal one line that lives on stderr and is gone afterwards; with `--verbose` each step as it ends. Progress
 * is a courtesy: when it cannot be had, the command goes on without it.
 */
import type { Client } from '../../common/client.ts';
import type { BerthEvent } from '../../common/contract/event.ts';
import type { OperationView } from '../../common/contract/views.ts';
import type { Context } from './context.ts';
import { operationName, stepText } from './output/operation.ts';
import { cut } from './output/table.ts';

/** How long a command waits for progress to be ready before, and for the last step after. */
const courtesyMs = 500;
const redrawMs = 100;
const CLEAR = '\r\u001b[K';

export class Progress {
  readonly #context: Context;
  readonly #client: Client;
  readonly #name: string;
  readonly #isLive: boolean;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  /** Operations that ran before ours; it waits for them. */
  readonly #others = new Set<string>();
  readonly #stepsTold = new Map<string, number>();
  #current: OperationView | undefined;
  #stop: (() => void) | undefined;

  constructor(context: Context, client: Client, name: string) {
    this.#context = context;
    this.#client = client;
    this.#name = name;
    this.#isLive = context.terminal.stderr.isTTY === true;
  }

  /** Resolves once it watches, so that no step of what follows is missed. */
  async begin(): Promise<void> {
    const { quiet, verbose } = this.#context.options;
    if (quiet === true || (!this.#isLive && verbose !== true)) return;
    const watching = this.#client.trpc.event.watch.subscribe(
      { name: this.#name },
      { onData: (event) => this.#take(event), onError: () => this.#giveUp() },
    );
    const drawing = this.#isLive ? setInterval(() => this.#draw(), redrawMs) : undefined;
    this.#stop = () => {
      clearInterval(drawing);
      watching.unsubscribe();
      if (this.#isLive) this.#context.terminal.stderr.write(CLEAR);
    };
    await within(courtesyMs, this.#ready.promise);
  }

  async end(): Promise<void> {
    if (this.#stop === undefined) return;
    if (this.#context.options.verbose === true) await within(courtesyMs, this.#ended.promise);
    this.#stop();
    this.#stop = undefined;
  }

  #giveUp(): void {
    this.#ready.resolve();
    this.#ended.resolve();
  }

  #take(event: BerthEvent): void {
    if (event.type === 'snapshot') {
      for (const { id, state, name } of event.operations)
        if (state === 'running' && name === this.#name) this.#others.add(id);
      this.#ready.resolve();
    } else if (event.type === 'operation' && event.operation.name === this.#name) this.#follow(event.operation);
  }

  #follow(operation: OperationView): void {
    this.#current = operation;
    if (this.#context.options.verbose === true) this.#tellSteps(operation);
    if (operation.state !== 'running' && !this.#others.has(operation.id)) this.#ended.resolve();
  }

  #tellSteps(operation: OperationView): void {
    const told = this.#stepsTold.get(operation.id) ?? 0;
    const done = operation.steps.filter(({ endedAt }) => endedAt !== null);
    this.#stepsTold.set(operation.id, done.length);
    const clear = this.#isLive ? CLEAR : '';
    for (const step of done.slice(told))
      this.#context.note(`${clear}${operationName(operation)}: ${stepText(step, this.#context.terminal.now())}`);
  }

  #draw(): void {
    const { width, paint } = this.#context.view(this.#context.terminal.stderr);
    this.#context.terminal.stderr.write(CLEAR + paint('dim', cut(this.#line(), width - 1)));
  }

  #line(): string {
    const operation = this.#current;
    if (operation === undefined) return 'waiting for berthd…';
    const wait = this.#others.has(operation.id) ? `waiting for ${operation.actor}: ` : '';
    const last = operation.steps.at(-1);
    const now = this.#context.terminal.now();
    const step = last === undefined ? '' : `, step ${operation.steps.length}: ${stepText(last, now)}`;
    return `${wait}${operationName(operation)}${step}`;
  }
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([promise, late.promise]);
  clearTimeout(timer);
}
