/**
 * What becomes of a version: whether it is still the current one, and what took its place.
 *
 * Invariant: a set is followed by its uid, so that another name is no end of anything.
 */
import type { EventHub } from './eventHub.ts';
import type { ReplicaSetRecord, VersionRecord } from './records.ts';
import type { State } from './state.ts';

export type Fate =
  /** Its set is at rest, and it is still the current version. */
  | { readonly kind: 'stays' }
  | { readonly kind: 'replaced'; readonly by: number }
  /** Its set is deleted. */
  | { readonly kind: 'removed' };

interface FateParts {
  readonly state: State;
  readonly hub: EventHub;
}

export interface Pinned {
  /** What its set was called when it was pinned. */
  readonly name: string;
  readonly uid: string;
  readonly version: number;
}

export const pin = (set: ReplicaSetRecord, version: VersionRecord): Pinned => ({
  name: set.name,
  uid: set.uid,
  version: version.version,
});

/** What its set is called now; what it was called last where it is no more. */
export const nameNow = ({ state }: Pick<FateParts, 'state'>, { name, uid }: Omit<Pinned, 'version'>): string =>
  state.byUid(uid)?.name ?? name;

/** Undefined while it is still the current version. */
function fateNow({ state }: FateParts, { uid, version }: Pinned): Fate | undefined {
  const set = state.byUid(uid);
  if (set === undefined || set.deleting !== null) return { kind: 'removed' };
  return set.current === version ? undefined : { kind: 'replaced', by: set.current };
}

/** Once no operation is under way with its set, or it is current no more. Undefined when the signal fired first. */
export const fateOf = (parts: FateParts, pinned: Pinned, signal: AbortSignal): Promise<Fate | undefined> =>
  watched(parts, signal, () => {
    const isBusy = (parts.hub.set(nameNow(parts, pinned))?.busy ?? null) !== null;
    return fateNow(parts, pinned) ?? (isBusy ? undefined : { kind: 'stays' });
  });

/** Once it is the current version no more. Undefined when the signal fired first. */
export const endOf = (parts: FateParts, pinned: Pinned, signal: AbortSignal): Promise<Fate | undefined> =>
  watched(parts, signal, () => fateNow(parts, pinned));

/** Looks at once, and after everything that happens to a set. */
async function watched<T>({ hub }: FateParts, signal: AbortSignal, look: () => T | undefined): Promise<T | undefined> {
  for await (const _ of hub.watch({ telemetry: false, types: ['set', 'setRemoved'] }, signal)) {
    const seen = look();
    if (seen !== undefined) return seen;
  }
  return undefined;
}

/** In words, for who was reading. */
export function describeFate(fate: Fate, name: string, version: number, running: boolean): string {
  if (fate.kind === 'replaced') return `version ${version} replaced by ${fate.by}`;
  if (fate.kind === 'removed') return `${name} is deleted`;
  return running ? `version ${version} was started again` : `version ${version} has ended`;
}
