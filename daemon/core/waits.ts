/**
 * Waiting for the container of a set to end, to be removed, or to be replaced.
 *
 * Invariant: it is pinned to the version that is current when it is called; a successor's end is not its end.
 */
import type { WaitView } from '../../common/contract/look.ts';
import type { Caller, Services } from '../../common/services.ts';
import type { WaitCondition } from './engineStreams.ts';
import { endOf, type Fate, fateOf, nameNow, type Pinned, pin } from './fates.ts';
import { explained, type LookParts } from './liveContainer.ts';
import { requireSet } from './operations/intents.ts';

export interface WaitParts extends LookParts {
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

type WaitInput = Parameters<Services['replicaSet']['wait']>[0];
type Outcome = Pick<Extract<WaitView, { type: 'ended' }>, 'StatusCode' | 'replacedBy' | 'timedOut'>;

const NOTHING: Outcome = { StatusCode: null, replacedBy: null, timedOut: false };

export async function* wait(parts: WaitParts, input: WaitInput, { signal }: Caller): AsyncGenerator<WaitView> {
  const { set, version } = requireSet(parts, input.name);
  const pinned = pin(set, version);
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  try {
    yield { type: 'waiting', version: version.version };
    const { condition, timeout } = input;
    const outcome =
      condition === 'version-change'
        ? endOf(parts, pinned, ends).then(outcomeOf)
        : exit(parts, version.containerId, condition, pinned, ends);
    const seen = await Promise.race([outcome, ...(timeout === undefined ? [] : [timeUp(parts, timeout, ends)])]);
    if (!signal.aborted) yield { type: 'ended', version: version.version, ...seen };
  } catch (error) {
    if (!signal.aborted) throw explained(parts, nameNow(parts, pinned), error);
  } finally {
    over.abort();
  }
}

/** The code of a container that was stopped in order to be replaced is nobody's answer. */
async function exit(
  parts: WaitParts,
  container: string,
  condition: WaitCondition,
  pinned: Pinned,
  signal: AbortSignal,
): Promise<Outcome> {
  const StatusCode = await parts.engine.wait(container, condition, signal);
  const fate = await fateOf(parts, pinned, signal);
  return fate?.kind === 'replaced' ? outcomeOf(fate) : { ...NOTHING, StatusCode };
}

const outcomeOf = (fate: Fate | undefined): Outcome =>
  fate?.kind === 'replaced' ? { ...NOTHING, replacedBy: fate.by } : NOTHING;

async function timeUp({ sleep }: WaitParts, seconds: number, signal: AbortSignal): Promise<Outcome> {
  await sleep(seconds * 1000, signal);
  return { ...NOTHING, timedOut: true };
}
