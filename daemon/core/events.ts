/**
 * The stream of events: a snapshot and then what happens, or what has happened since a moment and then that.
 *
 * Invariant: nothing is lost between what is read and what comes; what stands in both is told once.
 *
 * Not here: what becomes an event (eventHub.ts).
 */
import type { BerthEvent } from '../../common/contract/event.ts';
import type { Caller, Services } from '../../common/services.ts';
import type { EventHub } from './eventHub.ts';
import type { OperationLog } from './operationLog.ts';
import { operationsSince } from './operationServices.ts';
import type { Store } from './store.ts';
import { parseMoment } from './timeRange.ts';

export interface EventParts {
  readonly hub: EventHub;
  readonly store: Store;
  readonly operations: OperationLog;
  readonly now: () => Date;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

type WatchInput = Parameters<Services['event']['watch']>[0];

export async function* watchEvents(
  parts: EventParts,
  { since, until, ...input }: WatchInput,
  { signal }: Caller,
): AsyncGenerator<BerthEvent> {
  const moment = (field: string, text: string | undefined): string | undefined =>
    text === undefined ? undefined : parseMoment(text, field, parts.now());
  const [from, to] = [moment('since', since), moment('until', until)];
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  if (to !== undefined) endAt(parts, to, over, ends);
  // Subscribed before the past is read, so that nothing hides between them.
  const live = parts.hub.watch({ ...input, snapshot: from === undefined }, ends);
  const first = live.next();
  first.catch(() => undefined);
  try {
    const past = from === undefined ? [] : await pastOf(parts, input, from, to);
    for (const operation of past) yield { type: 'operation', operation };
    const told = new Set(past.filter(({ endedAt }) => endedAt !== null).map(({ id }) => id));
    for (let item = await first; item.done !== true; item = await live.next()) {
      if (item.value.type !== 'operation' || !told.has(item.value.operation.id)) yield item.value;
    }
  } finally {
    over.abort();
    await live.return(undefined);
  }
}

function endAt({ now, sleep }: EventParts, moment: string, over: AbortController, signal: AbortSignal): void {
  const leftMs = msOf(moment) - now().getTime();
  if (leftMs <= 0) over.abort();
  else void sleep(leftMs, signal).then(() => over.abort());
}

/** The audit tells of operations alone. */
async function pastOf(parts: EventParts, { name, types }: WatchInput, from: string, to: string | undefined) {
  if (types?.includes('operation') === false) return [];
  return await operationsSince(parts, { name, fromMs: msOf(from), toMs: to === undefined ? undefined : msOf(to) });
}

const msOf = (moment: string): number => Number(moment) * 1000;
