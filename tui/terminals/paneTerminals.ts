/**
 * All terminals of the UI, by their number: does what the reducer wants done with them, and shows their cells.
 *
 * A terminal begins when it is first shown, because only then is its size known.
 *
 * Not here: which there are and where they stand (state/terminals.ts).
 */
import type { TerminalCommand } from '../state/commands.ts';
import type { SessionStatus } from '../state/sessions.ts';
import type { PlacedTerminal } from '../state/splits.ts';
import { type Canvas, inside, type Rect } from '../term/canvas.ts';
import type { MouseInput } from '../term/input.ts';
import type { Screens } from '../views/screens.ts';
import { PaneTerminal, type Shown } from './paneTerminal.ts';
import type { Shells } from './shells.ts';

export interface PaneTerminalsParts {
  readonly shells: Shells;
  readonly onStatus: (id: number, status: SessionStatus) => void;
  /** Cells that are on the screen changed. */
  readonly onChange: () => void;
  readonly copy: (text: string) => void;
}

export class PaneTerminals implements Screens {
  readonly #parts: PaneTerminalsParts;
  readonly #open = new Map<number, PaneTerminal>();
  /** Wanted, and not shown yet. */
  readonly #waiting = new Map<number, Shown>();
  #shown: ReadonlySet<number> = new Set();

  constructor(parts: PaneTerminalsParts) {
    this.#parts = parts;
  }

  run(command: TerminalCommand): void {
    const emulator = this.#open.get(command.id)?.emulator;
    switch (command.do) {
      case 'open':
        this.#waiting.set(command.id, command);
        return;
      case 'close':
        if (command.execId !== undefined) this.#parts.shells.end(command.execId);
        this.#close(command.id);
        return;
      case 'copy':
        if (emulator !== undefined) this.#parts.copy(emulator.text());
        return;
      case 'write':
        this.type(command.id, command.text);
        return;
      default:
        emulator?.[command.do](command.by);
    }
  }

  /** Gives each of them the size in which it is shown. */
  fit(placed: readonly PlacedTerminal[]): void {
    this.#shown = new Set(placed.map(({ id }) => id));
    for (const { id, rect } of placed) {
      const { width, height } = inside(rect);
      const columns = Math.max(2, width);
      const rows = Math.max(1, height);
      const shown = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (shown === undefined) this.#open.get(id)?.resize(columns, rows);
      else this.#open.set(id, this.#begin(id, shown, columns, rows));
    }
  }

  type(id: number, text: string): void {
    this.#open.get(id)?.type(text);
  }

  paste(id: number, text: string): void {
    this.#open.get(id)?.paste(text);
  }

  /** `at` is where the terminal stands; false where its program does not want the mouse. */
  mouse(id: number, input: MouseInput, at: Rect): boolean {
    return this.#open.get(id)?.emulator.mouse(input, input.x - at.x, input.y - at.y) ?? false;
  }

  draw(id: number, canvas: Canvas, rect: Rect): void {
    this.#open.get(id)?.emulator.draw(canvas, rect);
  }

  cursorOf(id: number): { readonly x: number; readonly y: number } | undefined {
    return this.#open.get(id)?.emulator.cursor;
  }

  linesBelow(id: number): number {
    return this.#open.get(id)?.emulator.linesBelow ?? 0;
  }

  /** Leaves all of them; answers with how many run on. */
  leave(): number {
    const running = [...this.#open.values()].filter(({ isRunning }) => isRunning).length;
    for (const id of this.#open.keys()) this.#close(id);
    return running;
  }

  #begin(id: number, shown: Shown, columns: number, rows: number): PaneTerminal {
    const { shells, onStatus, onChange } = this.#parts;
    return new PaneTerminal(shown, {
      shells,
      columns,
      rows,
      onStatus: (status) => onStatus(id, status),
      onChange: () => void (this.#shown.has(id) && onChange()),
    });
  }

  #close(id: number): void {
    this.#waiting.delete(id);
    this.#open.get(id)?.close();
    this.#open.delete(id);
  }
}
