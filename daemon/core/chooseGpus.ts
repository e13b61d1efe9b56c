/** Which GPUs to grant. Pure: equal input, equal answer. */

export interface Candidate {
  readonly uuid: string;
  readonly index: number | null;
  readonly numaNode: number | null;
}

const UNKNOWN_NODE = -1;
const nodeOf = (gpu: Candidate): number => gpu.numaNode ?? UNKNOWN_NODE;
const byIndex = (a: Candidate, b: Candidate): number =>
  (a.index ?? Number.MAX_SAFE_INTEGER) - (b.index ?? Number.MAX_SAFE_INTEGER) || (a.uuid < b.uuid ? -1 : 1);

/**
 * Picks `count` of the `free` GPUs, or undefined when there are too few.
 *
 * Best fit over NUMA nodes: first the nodes that the set's `kept` GPUs are on, then the smallest node that holds the
 * whole request (one GPU takes the leftovers), then the fullest ones, so that as few nodes as possible are broken into.
 */
export function chooseGpus(
  free: readonly Candidate[],
  count: number,
  kept: readonly Candidate[] = [],
): string[] | undefined {
  if (free.length < count) return undefined;
  const keptNodes = new Set(kept.map(nodeOf));
  const sizes = Map.groupBy(free, nodeOf);
  const rank = (gpu: Candidate): number => {
    if (keptNodes.has(nodeOf(gpu))) return -1;
    const size = sizes.get(nodeOf(gpu))?.length ?? 0;
    return size >= count ? size : Number.MAX_SAFE_INTEGER - size;
  };
  return free
    .toSorted((a, b) => rank(a) - rank(b) || nodeOf(a) - nodeOf(b) || byIndex(a, b))
    .slice(0, count)
    .map((gpu) => gpu.uuid);
}

/** Which `count` of the GPUs a set holds it keeps when it needs fewer: those that sit together. */
export function keepGpus(held: readonly Candidate[], count: number): string[] {
  const sizes = Map.groupBy(held, nodeOf);
  const together = (gpu: Candidate): number => -(sizes.get(nodeOf(gpu))?.length ?? 0);
  return held
    .toSorted((a, b) => together(a) - together(b) || nodeOf(a) - nodeOf(b) || byIndex(a, b))
    .slice(0, count)
    .map((gpu) => gpu.uuid);
}
