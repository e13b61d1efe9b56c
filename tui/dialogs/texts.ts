/** Dialogs that only tell: help, details, differences, answers. They scroll, and any other key closes them. */
import { helpOf } from '../keys/keymap.ts';
import type { Target } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { changeDialog, closeDialog, type Step, step } from '../state/step.ts';
import type { Canvas } from '../term/canvas.ts';
import { textWidth } from '../term/charWidth.ts';
import { line, openBox, wrap } from './box.ts';
import { detailLines } from './details.ts';
import type { DetailsDialog, DiffDialog, HelpDialog, Line, TextDialog } from './dialog.ts';
import { diffLines } from './diff.ts';

export type TextualDialog = HelpDialog | DetailsDialog | DiffDialog | TextDialog;

interface Content {
  readonly title: string;
  readonly lines: readonly Line[];
}

function contentOf(state: State, dialog: TextualDialog): Content {
  switch (dialog.kind) {
    case 'help':
      return { title: 'Help', lines: helpLines(state) };
    case 'details':
      return detailLines(state, dialog.subject);
    case 'diff':
      return { title: `${dialog.name}: v${dialog.from} > v${dialog.to}`, lines: diffLines(state, dialog) };
    case 'text':
      return dialog;
  }
}

function helpLines({ keymap, readonly }: State): readonly Line[] {
  const keyWidth = 12;
  return helpOf(keymap, readonly).flatMap(({ title, bindings }, at) => [
    ...(at === 0 ? [] : [line('')]),
    line(title, 'accent'),
    ...bindings.map((binding) => {
      const keys = binding.keys.join(' ');
      return line(`${keys.padEnd(keyWidth)} ${binding.help}`);
    }),
  ]);
}

/** As it is shown: broken to the width that there is. */
function wrapped({ lines }: Content, width: number): readonly Line[] {
  return lines.flatMap(({ text, role }) => wrap(text, width).map((it) => ({ text: it, role })));
}

const roomFor = ({ width, height }: State): { readonly columns: number; readonly rows: number } => ({
  columns: width - 6,
  rows: height - 4,
});

export function drawTexts(canvas: Canvas<Target>, state: State, dialog: TextualDialog): void {
  const content = contentOf(state, dialog);
  const { columns, rows } = roomFor(state);
  const lines = wrapped(content, columns);
  const top = Math.min(dialog.top, Math.max(0, lines.length - rows));
  const scrolls = lines.length > rows;
  const body = openBox(canvas, {
    title: content.title,
    role: 'accent',
    width: Math.max(20, ...lines.map(({ text }) => textWidth(text))),
    height: lines.length,
    hints: scrolls
      ? [
          ['j/k', 'scroll'],
          ['escape', 'close'],
        ]
      : [['escape', 'close']],
  });
  for (const [at, { text, role }] of lines.slice(top, top + body.height).entries())
    canvas.text(body.x, body.y + at, text, role, body.width);
  if (scrolls) {
    const note = ` ${top + 1}-${Math.min(lines.length, top + body.height)} of ${lines.length} `;
    canvas.text(body.x + body.width - note.length, body.y + body.height, note, 'dim');
  }
}

export function textsKey(state: State, dialog: TextualDialog, key: string): Step {
  const { columns, rows } = roomFor(state);
  const last = Math.max(0, wrapped(contentOf(state, dialog), columns).length - rows);
  const scroll = (top: number): Step => step(changeDialog(state, dialog, { top: Math.max(0, Math.min(last, top)) }));
  switch (key) {
    case 'j':
    case 'down':
    case 'j/k':
      return scroll(dialog.top + 1);
    case 'k':
    case 'up':
      return scroll(dialog.top - 1);
    case 'pagedown':
    case 'space':
      return scroll(dialog.top + rows);
    case 'pageup':
      return scroll(dialog.top - rows);
    case 'g':
    case 'home':
      return scroll(0);
    case 'G':
    case 'end':
      return scroll(last);
    case 'y': {
      const text = contentOf(state, dialog).lines.map((it) => it.text);
      return step(state, { type: 'copy', text: text.join('\n') });
    }
    default:
      return step(closeDialog(state, dialog.id));
  }
}
