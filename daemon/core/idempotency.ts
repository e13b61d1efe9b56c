/**
 * One idempotency key, one effect: a request that is sent again is answered as the first one was.
 *
 * Invariants
 *  - While a request is being worked on, a repetition waits for the same answer.
 *  - The answer becomes durable in the batch that ends the operation (operations/intents.ts). What was cut off before
 *    its commit left no effect and no answer, so a repetition does it anew.
 *  - A key stands for one request: with another procedure or input it is refused, until it expires.
 */
import type { Verb } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import { idempotencyKeptMs } from '../../common/limits.ts';
import { type Caller, ENTRIES, type Idempotency, type Services } from '../../common/services.ts';
import { commitBatch } from './batch.ts';
import { ANSWERED_WHEN_THROUGH } from './course.ts';
import { toAppError } from './engineFailure.ts';
import type { Journal } from './journal.ts';
import { del, type IntentRecord, put } from './records.ts';
import { settle } from './round.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export interface RepeatsParts {
  readonly state: State;
  readonly store: Store;
  readonly journal: Journal;
  readonly now: () => Date;
}

/** Their committed intents do not hold the answer yet: what they do afterwards belongs to it. */
const ANSWERED_LATER: ReadonlySet<Verb> = new Set([...ANSWERED_WHEN_THROUGH, 'volume resize']);

type AnyService = (input: unknown, caller: Caller) => Promise<unknown>;

/** The same services, whose changes can be asked for again. */
export function repeatable(services: Services, parts: RepeatsParts): Services {
  const repeats = new Repeats(parts);
  const groups: Record<string, Record<string, unknown>> = { ...services };
  for (const { group, name, procedure } of ENTRIES.filter((entry) => entry.procedure.kind === 'mutation')) {
    if (procedure.idempotency !== undefined) continue;
    const service = groups[group]?.[name] as AnyService;
    const once: AnyService = (input, caller) =>
      caller.idempotency === undefined
        ? service(input, caller)
        : repeats.once(caller.idempotency, () => service(input, caller));
    groups[group] = { ...groups[group], [name]: once };
  }
  return groups as unknown as Services;
}

class Repeats {
  readonly #parts: RepeatsParts;
  readonly #underWay = new Map<string, { readonly hash: string; readonly answer: Promise<unknown> }>();

  constructor(parts: RepeatsParts) {
    this.#parts = parts;
  }

  async once(request: Idempotency, work: () => Promise<unknown>): Promise<unknown> {
    const { key, hash } = request;
    const first = this.#underWay.get(key);
    if (first !== undefined) {
      refuseOther(key, first.hash, hash);
      return first.answer;
    }
    const answer = this.#answer(request, work);
    this.#underWay.set(key, { hash, answer });
    return await answer.finally(() => this.#underWay.delete(key));
  }

  async #answer({ key, hash }: Idempotency, work: () => Promise<unknown>): Promise<unknown> {
    await this.#forgetExpired();
    const open = this.#openIntent(key);
    if (open !== undefined) {
      refuseOther(key, open.idempotency?.hash, hash);
      const given = this.#parts.state.table('idem').get(key);
      if (given !== undefined) return given.answer;
      if (open.phase === 'committed' && !ANSWERED_LATER.has(open.verb)) return open.answer;
      await this.#parts.journal.round(settle(open)).catch((error) => {
        throw toAppError(error);
      });
    }
    const known = this.#parts.state.table('idem').get(key);
    if (known !== undefined) {
      refuseOther(key, known.hash, hash);
      return known.answer;
    }
    const answer = await work();
    await this.#keep({ key, hash }, answer);
    return answer;
  }

  /** An operation that a crash or a failed undo has left. */
  #openIntent(key: string): IntentRecord | undefined {
    return [...this.#parts.state.table('intent').values()].find((intent) => intent.idempotency?.key === key);
  }

  /**
   * What no operation has written: the request found nothing to do, is none of the journal's, or was answered before
   * the end of its operation, which keeps to it.
   */
  async #keep({ key, hash }: Idempotency, answer: unknown): Promise<void> {
    const { state, store, now } = this.#parts;
    if (sameText(state.table('idem').get(key)?.answer, answer)) return;
    await commitBatch(state, store, [put('idem', key, { hash, answer, at: now().toISOString() })]);
  }

  async #forgetExpired(): Promise<void> {
    const { state, store, now } = this.#parts;
    const oldestMs = now().getTime() - idempotencyKeptMs;
    const expired = [...state.table('idem')].filter(([, { at }]) => Date.parse(at) < oldestMs);
    await commitBatch(
      state,
      store,
      expired.map(([key]) => del('idem', key)),
    );
  }
}

function refuseOther(key: string, first: string | undefined, now: string): void {
  if (first === now) return;
  const name = key.slice(key.indexOf('/') + 1);
  throw new AppError('KEY_REUSED', `the idempotency key ${name} was sent with another request before`);
}

/** What was kept and read back has its fields in the same order. */
const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
