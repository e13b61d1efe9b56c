/** Which host ports to grant. Pure: equal input, equal answer. */

export interface PortChoice {
  readonly range: { readonly start: number; readonly end: number };
  /** Granted, or held by somebody outside. */
  readonly taken: (port: number) => boolean;
  /** Ports that stopped sets would like to have back: given to others last. */
  readonly reserved: ReadonlySet<number>;
  /** The asking set's own former port for each wish, where it had one. */
  readonly wishes: readonly (number | undefined)[];
}

/** One port a wish, in its order: the wished one where it is free, else the lowest free one; undefined: too few. */
export function choosePorts({ range, taken, reserved, wishes }: PortChoice): number[] | undefined {
  const given = new Set<number>();
  const usable = (port: number | undefined): port is number =>
    port !== undefined && port >= range.start && port <= range.end && !taken(port) && !given.has(port);
  const lowest = (allowed: (port: number) => boolean): number | undefined => {
    for (let port = range.start; port <= range.end; port += 1) if (usable(port) && allowed(port)) return port;
    return undefined;
  };
  const granted = wishes.map((wish) => {
    if (!usable(wish)) return undefined;
    given.add(wish);
    return wish;
  });
  const own = new Set(wishes);
  for (const [at, port] of granted.entries()) {
    if (port !== undefined) continue;
    const next = lowest((candidate) => !reserved.has(candidate) || own.has(candidate)) ?? lowest(() => true);
    if (next === undefined) return undefined;
    given.add(next);
    granted[at] = next;
  }
  return granted as number[];
}
