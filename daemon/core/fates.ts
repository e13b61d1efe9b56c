/** What becomes of a version: whether it is still the current one, and what took its place. */
import type { EventHub } from './eventHub.ts';
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
  readonly name: string;
  readonly uid: string;
  readonly version: number;
}

/** Undefined while it is still the current version. */
function fateNow({ state }: FateParts, { name, uid, version }: Pinned): Fate | undefined {
  const set = state.table('set').get(name);
  if (set === undefined || set.uid !== uid || set.deleting !== null) return { kind: 'removed' };
  return set.current === version ? undefined : { kind: 'replaced', by: set.current };
}

/** Once no operation is under way with its set, or it is current no more. Undefined when the signal fired first. */
export const fateOf = (parts: FateParts, pinned: Pinned, signal: AbortSignal): Promise<Fate | undefined> =>
  watched(parts, pinned.name, signal, () => {
    const isBusy = (parts.hub.set(pinned.name)?.busy ?? null) !== null;
    return fateNow(parts, pinned) ?? (isBusy ? undefined : { kind: 'stays' });
  });

/** Once it is the current version no more. Undefined when the signal fired first. */
export const endOf = (parts: FateParts, pinned: Pinned, signal: AbortSignal): Promise<Fate | undefined> =>
  watched(parts, pinned.name, signal, () => fateNow(parts, pinned));

/** Looks at once, and after everything that happens to the set. */
async function watched<T>(
  { hub }: FateParts,
  name: string,
  signal: AbortSignal,
  look: () => T | undefined,
): Promise<T | undefined> {
  for await (const _ of hub.watch({ telemetry: false, name }, signal)) {
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
