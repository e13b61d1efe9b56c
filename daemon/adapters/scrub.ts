/**
 * Proves the files of the state again and again while the daemon runs, at a rate that nobody notices: disks forget in
 * silence, and a state that is only read when it is needed is found damaged too late.
 *
 * Not here: the proof (proveFiles.ts), what follows from damage (levelStore.ts).
 */
import type { Log } from '../core/host.ts';
import { type Damage, damageText } from './damage.ts';
import { proveRoots, proveTables } from './proveFiles.ts';

export interface ScrubParts {
  readonly directory: string;
  readonly log: Log;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onDamage: (reason: string) => void;
}

const bytesPerSecond = 8 * 1024 * 1024;
const pauseMs = 6 * 3_600_000;

/** Until the signal. The first round begins at once. */
export async function scrubUntil(signal: AbortSignal, parts: ScrubParts): Promise<void> {
  while (!signal.aborted) {
    try {
      const { bytes, damages } = await scrub(signal, parts);
      if (damages.length > 0) return parts.onDamage(damages.map(damageText).join('; '));
      parts.log.debug({ bytes }, 'the files of the state were proven');
    } catch (error) {
      parts.log.warn({ error }, 'the files of the state could not be read to prove them');
    }
    await parts.sleep(pauseMs, signal);
  }
}

async function scrub(
  signal: AbortSignal,
  { directory, sleep }: ScrubParts,
): Promise<{ readonly bytes: number; readonly damages: readonly Damage[] }> {
  const { damages, live } = await provenTwice(directory);
  let read = 0;
  const found = [...damages];
  for await (const { bytes, damage } of live === undefined ? [] : proveTables(directory, live)) {
    // LevelDB merges tables meanwhile: one that is not needed any more may be gone.
    if (damage !== undefined && (await stillLive(directory, damage))) found.push(damage);
    read += bytes;
    await sleep((bytes / bytesPerSecond) * 1000, signal);
    if (signal.aborted) break;
  }
  return { bytes: read, damages: found };
}

/** LevelDB writes to its log and manifest while they are read: what was half there is whole the next time. */
async function provenTwice(directory: string): ReturnType<typeof proveRoots> {
  const first = await proveRoots(directory);
  const isSound = first.damages.length === 0;
  const { damages, live } = isSound ? first : await proveRoots(directory);
  return { live, damages: damages.filter(({ isHarmless }) => isHarmless !== true) };
}

async function stillLive(directory: string, { file }: Damage): Promise<boolean> {
  const { live } = await provenTwice(directory);
  return live?.tables.has(Number(/(\d+)\.ldb$/.exec(file)?.[1])) ?? true;
}
