/**
 * Operations as people follow them: which step, how long, how many bytes. Lives in memory; the audit rows last.
 *
 * Not here: what makes operations safe (journal.ts).
 */
import type { OperationView, Verb } from '../../common/contract/views.ts';
import type { Progress } from './operations/context.ts';

const ENDED_KEPT = 50;
/** Bytes move far more often than anybody can read. */
const BYTES_SHOWN_EVERY_MS = 200;
type Listener = (operation: OperationView) => void;
type Ending = Exclude<OperationView['state'], 'running'>;

export interface OperationEntry extends Progress {
  end(state: Ending, message: string | null): void;
}

export class OperationLog {
  readonly #now: () => Date;
  readonly #running = new Map<string, OperationView>();
  readonly #ended: OperationView[] = [];
  readonly #listeners = new Set<Listener>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  onChange(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Running ones first, then the last that ended, newest first. */
  list(): OperationView[] {
    return [...this.#running.values(), ...this.#ended];
  }

  find(id: string): OperationView | undefined {
    return this.list().find((operation) => operation.id === id);
  }

  runningOn(name: string): OperationView | undefined {
    return [...this.#running.values()].find((operation) => operation.name === name);
  }

  begin(id: string, verb: Verb, name: string, actor: string): OperationEntry {
    let view: OperationView = {
      id,
      verb,
      name,
      actor,
      state: 'running',
      startedAt: this.#stamp(),
      endedAt: null,
      steps: [],
      message: null,
    };
    const show = (next: OperationView): void => {
      view = next;
      if (view.state === 'running') this.#running.set(id, view);
      else this.#retire(view);
      for (const listener of this.#listeners) listener(view);
    };
    let bytesShownMs = 0;
    const showBytes = (bytes: number): void => {
      const next = {
        ...view,
        steps: view.steps.map((it, at) => (at === view.steps.length - 1 ? { ...it, bytes } : it)),
      };
      const nowMs = this.#now().getTime();
      if (nowMs - bytesShownMs < BYTES_SHOWN_EVERY_MS) {
        view = next;
        return;
      }
      bytesShownMs = nowMs;
      show(next);
    };
    show(view);
    return {
      step: (step) => show({ ...view, steps: [...this.#closed(view), this.#newStep(step)] }),
      bytes: showBytes,
      end: (state, message) => show({ ...view, state, message, endedAt: this.#stamp(), steps: this.#closed(view) }),
    };
  }

  #retire(view: OperationView): void {
    this.#running.delete(view.id);
    this.#ended.unshift(view);
    this.#ended.length = Math.min(this.#ended.length, ENDED_KEPT);
  }

  #newStep(name: string): OperationView['steps'][number] {
    return { name, startedAt: this.#stamp(), endedAt: null, bytes: null };
  }

  #closed(view: OperationView): OperationView['steps'] {
    return view.steps.map((step) => (step.endedAt === null ? { ...step, endedAt: this.#stamp() } : step));
  }

  #stamp(): string {
    return this.#now().toISOString();
  }
}
