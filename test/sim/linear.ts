/**
 * Whether a history of calls that overlapped could have come from calls one after the other: each takes effect at one
 * moment between its call and its answer. Names do not touch each other, so each has a history of its own.
 *
 * Not here: who calls (linear.test.ts).
 */

export interface Call {
  readonly verb: string;
  /** The version to roll back to. */
  readonly version?: number;
  /** Moments, in the order of what was seen. */
  readonly calledAt: number;
  readonly answeredAt: number;
  /** What was answered, `NAME-N`, a state, or the code of the error. */
  readonly answer: string;
}

/** What a user knows of one name. */
interface Known {
  readonly set: { readonly current: number; readonly state: string; readonly versions: readonly number[] } | undefined;
  readonly highest: number;
}

type Next = readonly [answer: string, known: Known];

/** What the call has to answer, and what is known then. */
function next(name: string, known: Known, { verb, version = 0 }: Call): Next {
  const { set, highest } = known;
  const fresh = highest + 1;
  if (verb === 'run') {
    if (set !== undefined) return ['NAME_TAKEN', known];
    return [`${name}-${fresh}`, { set: { current: fresh, state: 'running', versions: [fresh] }, highest: fresh }];
  }
  if (set === undefined) return ['NOT_FOUND', known];
  const as = (state: string): Next => ['null', { ...known, set: { ...set, state } }];
  const renewed: Next = [
    `${name}-${fresh}`,
    { set: { current: fresh, state: 'running', versions: [...set.versions, fresh] }, highest: fresh },
  ];
  switch (verb) {
    case 'status':
      return [`${set.state} ${set.current}`, known];
    case 'stop':
      return as('stopped');
    case 'pause':
      return set.state === 'stopped' ? ['WRONG_STATE', known] : as('paused');
    case 'continueSet':
      return as('running');
    case 'remove':
      return ['null', { ...known, set: undefined }];
    case 'rollback':
      if (version === set.current) return ['SAME_VERSION', known];
      return set.versions.includes(version) ? renewed : ['VERSION_NOT_FOUND', known];
    default:
      return renewed;
  }
}

/** The longest beginning that can be explained, or undefined when all of it can. */
export function unexplained(name: string, history: readonly Call[]): readonly Call[] | undefined {
  const calls = history.toSorted((a, b) => a.calledAt - b.calledAt);
  const tried = new Set<string>();
  let furthest: readonly Call[] = [];
  const open: { readonly left: readonly Call[]; readonly known: Known; readonly done: readonly Call[] }[] = [
    { left: calls, known: { set: undefined, highest: 0 }, done: [] },
  ];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { left, known, done } = at;
    if (left.length === 0) return undefined;
    if (done.length > furthest.length) furthest = done;
    const firstAnswer = Math.min(...left.map(({ answeredAt }) => answeredAt));
    for (const call of left.filter(({ calledAt }) => calledAt < firstAnswer)) {
      const [answer, after] = next(name, known, call);
      const rest = left.filter((other) => other !== call);
      const key = JSON.stringify([rest.map(({ calledAt }) => calledAt), after]);
      if (answer !== call.answer || tried.has(key)) continue;
      tried.add(key);
      open.push({ left: rest, known: after, done: [...done, call] });
    }
  }
  return [...furthest, ...calls.filter((call) => !furthest.includes(call)).slice(0, 3)];
}
