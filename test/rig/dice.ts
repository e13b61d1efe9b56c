/** Chance that can be had again: the same seed, the same numbers (mulberry32). */

/** Rolls a number below the sides asked for. */
export function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}
