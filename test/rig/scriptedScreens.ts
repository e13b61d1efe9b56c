/** Terminals that show what is given, in whatever size they are drawn. */
import { Emulator } from '../../tui/term/emulator.ts';
import type { Screens } from '../../tui/views/screens.ts';

/** By the terminal's number: everything that its program wrote, and how far one has scrolled back. */
export function scriptedScreens(
  written: Readonly<Record<number, string>>,
  linesBelow: Readonly<Record<number, number>> = {},
): Screens {
  let shown: Emulator | undefined;
  return {
    draw: (id, canvas, rect) => {
      shown = emulatorWith(written[id] ?? '', rect.width, rect.height);
      shown.draw(canvas, rect);
    },
    cursorOf: () => shown?.cursor,
    linesBelow: (id) => linesBelow[id] ?? 0,
  };
}

/** What is written after a key is parsed at once. */
export function emulatorWith(text: string, columns: number, rows: number, inputs: string[] = []): Emulator {
  let isReady = false;
  const emulator = new Emulator({ columns, rows, onInput: (input) => void (isReady && inputs.push(input)) });
  emulator.type(' ');
  isReady = true;
  emulator.write(text);
  return emulator;
}
