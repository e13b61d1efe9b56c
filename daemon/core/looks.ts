/**
 * Looks into a set's container: what the engine says of it, its processes, changed files and figures.
 *
 * Invariant: a set that does not run has no processes and no figures; it is refused, never shown as zeros.
 */
import type { StatsView } from '../../common/contract/look.ts';
import { AppError } from '../../common/errors.ts';
import type { Caller, Services } from '../../common/services.ts';
import type { ContainerUsage } from './engineStreams.ts';
import { describeFate, fateOf, nameNow, pin } from './fates.ts';
import { asked, explained, type Live, liveContainer, type LookParts as Parts } from './liveContainer.ts';
import { freshLoad } from './resources.ts';
import type { Telemetry } from './telemetry.ts';

export interface LookParts extends Parts {
  readonly telemetry: Telemetry;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

type Looks = Pick<Services['replicaSet'], 'inspect' | 'top' | 'changes' | 'stats' | 'resize'>;
type StatsInput = Parameters<Looks['stats']>[0];

export const looks = (parts: LookParts): Looks => ({
  inspect: ({ name }) =>
    asked(parts, name, async () => {
      const { container } = await liveContainer(parts, name, false);
      return { ...(await parts.engine.inspectRaw(container.id)) };
    }),
  top: ({ name, psArgs }) =>
    asked(parts, name, async () => {
      const { container } = await liveContainer(parts, name, true);
      const { titles, processes } = await parts.engine.top(container.id, psArgs);
      return { Titles: [...titles], Processes: processes.map((row) => [...row]) };
    }),
  changes: ({ name }) =>
    asked(parts, name, async () => {
      const { container } = await liveContainer(parts, name, false);
      return (await parts.engine.changes(container.id)).map(({ path, kind }) => ({ Path: path, Kind: kind }));
    }),
  resize: ({ name, w, h }) =>
    asked(parts, name, async () => {
      const { container } = await liveContainer(parts, name, true);
      await parts.engine.resize(container.id, w, h);
      return null;
    }),
  stats: (input, caller) => stats(parts, input, caller),
});

async function* stats(parts: LookParts, input: StatsInput, { signal }: Caller): AsyncGenerator<StatsView> {
  const { name, stream } = input;
  const over = new AbortController();
  // Without a watcher the GPUs are not asked at all.
  const hasGpus = parts.state.gpusOf(name).length > 0;
  const leave = hasGpus ? parts.telemetry.subscribe(() => {}) : () => {};
  try {
    const live = await liveContainer(parts, name, true);
    if (hasGpus) await freshLoad(parts);
    const ends = AbortSignal.any([signal, over.signal]);
    for await (const usage of await parts.engine.usage(live.container.id, ends)) {
      if (usage.cpuPercent === null) continue;
      yield viewStats(parts, live, { ...usage, cpuPercent: usage.cpuPercent });
      if (!stream) return;
    }
    if (!signal.aborted) throw await ended(parts, live, signal);
  } catch (error) {
    throw explained(parts, name, error);
  } finally {
    over.abort();
    leave();
  }
}

/** Why the figures end. */
async function ended(parts: LookParts, { set, version }: Live, signal: AbortSignal): Promise<AppError> {
  const fate = await fateOf(parts, pin(set, version), signal);
  const name = nameNow(parts, set);
  const why = fate === undefined ? 'nobody waits any more' : describeFate(fate, name, version.version, false);
  return new AppError('WRONG_STATE', `${name}: ${why}`);
}

function viewStats(
  { state, telemetry }: LookParts,
  { set, version }: Live,
  usage: ContainerUsage & { readonly cpuPercent: number },
): StatsView {
  const sample = telemetry.last();
  const name = nameNow({ state }, set);
  const gpus = state.gpusOf(name).map(({ uuid }) => {
    const gpu = state.table('gpu').get(uuid);
    const load = sample?.gpus.find((it) => it.uuid === uuid);
    return {
      uuid,
      index: gpu?.index ?? null,
      utilizationPercent: load?.utilizationPercent ?? null,
      memoryUsedBytes: load?.memoryUsedBytes ?? null,
      memoryBytes: gpu?.memoryBytes ?? null,
      powerW: load?.powerW ?? null,
    };
  });
  return { name, version: version.version, ...usage, gpus };
}
