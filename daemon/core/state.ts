/**
 * What the daemon knows, in memory: the resident tables and the current version of every set.
 *
 * Invariants
 *  - Changes only through `apply`, with the batch that is being made durable; what it returns ends or undoes it.
 *  - A lease that is released is held until that is durable: nobody may be granted what could still be taken back.
 *  - A lease exists for one holder at a time; `apply` refuses a batch that would hand it to a second one.
 *
 * Not here: durability (Store), policy (ledger.ts, operations/).
 */
import {
  type Change,
  type GpuLease,
  type PortLease,
  RESIDENT,
  type ReplicaSetRecord,
  type Resident,
  type Table,
  type Tables,
  type VersionRecord,
  versionKey,
} from './records.ts';
import type { LoadedRows, Store } from './store.ts';

type Rows = { readonly [T in Resident]: Map<string, Tables[T]> };
type Listener = (changes: readonly Change[]) => void;

/** A batch that can be seen and is not durable yet: one of the two follows. */
export interface Pending {
  confirm(): void;
  takeBack(): void;
}

const isRelease = (change: Change): boolean =>
  'del' in change && (change.table === 'gpuLease' || change.table === 'portLease');

const isResident = (table: Table): table is Resident => (RESIDENT as readonly Table[]).includes(table);

export class State {
  readonly #rows: Rows;
  readonly #current = new Map<string, VersionRecord>();
  readonly #listeners = new Set<Listener>();
  /** Made when asked for, dropped with every change of a lease: a list of all sets must not look at all leases for each. */
  #gpusByName: Map<string, readonly GpuLease[]> | undefined;
  #portsByName: Map<string | null, readonly PortLease[]> | undefined;

  private constructor(rows: Rows) {
    this.#rows = rows;
  }

  static async load(store: Store): Promise<State> {
    const rows = await store.load();
    const current = await Promise.all(
      [...rows.set.values()].map((set) => store.get('version', versionKey(set.name, set.current))),
    );
    return State.from(rows, current);
  }

  /** From the tables that live in memory, and the current version of every set in the order of its table. */
  static from(loaded: LoadedRows, current: readonly (VersionRecord | undefined)[]): State {
    const rows = Object.fromEntries(RESIDENT.map((table) => [table, new Map<string, unknown>(loaded[table])]));
    const state = new State(rows as unknown as Rows);
    for (const [at, set] of [...loaded.set.values()].entries()) {
      const version = current[at];
      if (version === undefined)
        throw new Error(`replicaSet ${set.name}: its version ${set.current} is not in the store`);
      state.#current.set(set.name, version);
    }
    return state;
  }

  table<T extends Resident>(table: T): ReadonlyMap<string, Tables[T]> {
    return this.#rows[table];
  }

  sets(): ReplicaSetRecord[] {
    return [...this.#rows.set.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The set of this uid, as labels carry it. Its name may be another by now than theirs. */
  byUid(uid: string | undefined): ReplicaSetRecord | undefined {
    return this.#rows.set.values().find((set) => set.uid === uid);
  }

  /** The version that the set's container belongs to. */
  current(name: string): VersionRecord | undefined {
    return this.#current.get(name);
  }

  highWater(name: string): number {
    return this.#rows.hw.get(name) ?? 0;
  }

  gpusOf(name: string): readonly GpuLease[] {
    this.#gpusByName ??= Map.groupBy(this.#rows.gpuLease.values(), (lease) => lease.name);
    return this.#gpusByName.get(name) ?? [];
  }

  portsOf(name: string): readonly PortLease[] {
    this.#portsByName ??= Map.groupBy(this.#rows.portLease.values(), (lease) => lease.name);
    return this.#portsByName.get(name) ?? [];
  }

  openIntents(name: string) {
    return [...this.#rows.intent.values()].filter((intent) => intent.name === name);
  }

  /** Called after each batch has become durable. */
  onCommitted(listener: Listener): void {
    this.#listeners.add(listener);
  }

  committed(changes: readonly Change[]): void {
    for (const listener of this.#listeners) listener(changes);
  }

  /** Makes a batch visible, but for the leases it releases. Throws, changing nothing, on a double grant. */
  apply(changes: readonly Change[]): Pending {
    const gone = new Set(changes.flatMap((it) => (it.table === 'set' && 'del' in it ? [it.key] : [])));
    for (const change of changes) this.#refuseDoubleGrant(change, gone);
    const undo = changes.filter((change) => !isRelease(change)).map((change) => this.#applyOne(change));
    this.#forgetIndexes();
    return {
      confirm: () => {
        for (const change of changes.filter(isRelease)) this.#applyOne(change);
        this.#forgetIndexes();
      },
      takeBack: () => {
        for (const takeBackOne of undo.toReversed()) takeBackOne();
        this.#forgetIndexes();
      },
    };
  }

  #forgetIndexes(): void {
    this.#gpusByName = undefined;
    this.#portsByName = undefined;
  }

  #applyOne(change: Change): () => void {
    if (change.table === 'version') return 'del' in change ? () => {} : this.#keepCurrent(change.value);
    if (!isResident(change.table)) return () => {};
    const dropped = change.table === 'set' && 'del' in change ? this.#dropCurrent(change.key) : undefined;
    const rows = this.#rows[change.table] as Map<string, unknown>;
    const before = rows.get(change.key);
    const after = 'del' in change ? undefined : change.value;
    if (after === undefined) rows.delete(change.key);
    else rows.set(change.key, after);
    return () => {
      // A later batch stands on this one: its row holds.
      if (rows.get(change.key) !== after) return;
      if (before === undefined) rows.delete(change.key);
      else rows.set(change.key, before);
      dropped?.();
    };
  }

  /** Version numbers only rise, so the highest one seen is the current one. */
  #keepCurrent(version: VersionRecord): () => void {
    const before = this.#current.get(version.name);
    if (before !== undefined && before.version > version.version) return () => {};
    this.#current.set(version.name, version);
    return () => {
      if (before === undefined) this.#current.delete(version.name);
      else this.#current.set(version.name, before);
    };
  }

  #dropCurrent(name: string): () => void {
    const before = this.#current.get(name);
    this.#current.delete(name);
    return () => {
      if (before !== undefined) this.#current.set(name, before);
    };
  }

  /** `gone`: sets that end with this batch, and may hand over what they hold: a rename. */
  #refuseDoubleGrant(change: Change, gone: ReadonlySet<string>): void {
    if ('del' in change || (change.table !== 'gpuLease' && change.table !== 'portLease')) return;
    const holder = this.#rows[change.table].get(change.key)?.name;
    if (holder === undefined || holder === null || gone.has(holder)) return;
    if (change.value.name !== null && holder !== change.value.name) {
      throw new Error(
        `${change.table} ${change.key} is held by ${holder}; refused to grant it to ${change.value.name}`,
      );
    }
  }
}
