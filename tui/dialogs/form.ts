/** A form made from a procedure's fields: a line each, its explanation and its fault below. */
import type { Field } from '../cli/flags.ts';
import type { Target } from '../state/events.ts';
import { proceed, specOf } from '../state/procedures.ts';
import type { State } from '../state/state.ts';
import { changeDialog, closeDialog, type Step, step } from '../state/step.ts';
import type { Canvas, Rect } from '../term/canvas.ts';
import { textWidth } from '../term/charWidth.ts';
import { openBox, wrap } from './box.ts';
import type { FormDialog } from './dialog.ts';
import { fieldsIn, readForm } from './formInput.ts';
import { edit, paste } from './textField.ts';

export function formKey(state: State, dialog: FormDialog, key: string): Step {
  if (key === 'escape') return step(closeDialog(state, dialog.id));
  if (dialog.isBusy) return step(state);
  if (key === 'enter') return submit(state, dialog);
  if (key === 'tab' || key === 'down') return step(goTo(state, dialog, dialog.at + 1));
  if (key === 'S-tab' || key === 'up') return step(goTo(state, dialog, dialog.at - 1));
  const field = fieldsIn(specOf(dialog.path), dialog)[dialog.at];
  if (field === undefined) return step(state);
  const text = dialog.values[field.path] ?? '';
  const chosen = choose(field, text, key);
  if (chosen !== undefined) return step(write(state, dialog, field.path, { text: chosen, cursor: chosen.length }));
  return step(write(state, dialog, field.path, edit({ text, cursor: dialog.cursor }, key)));
}

export function formPaste(state: State, dialog: FormDialog, text: string): Step {
  const path = dialog.fields[dialog.at];
  if (dialog.isBusy || path === undefined) return step(state);
  return step(write(state, dialog, path, paste({ text: dialog.values[path] ?? '', cursor: dialog.cursor }, text)));
}

/** Fields with few values are stepped through, not typed. */
function choose({ kind, choices, list }: Field, text: string, key: string): string | undefined {
  if (list || (kind !== 'boolean' && kind !== 'choice')) return undefined;
  const values = kind === 'boolean' ? ['', 'yes'] : ['', ...choices];
  const by = key === 'space' || key === 'right' ? 1 : key === 'left' ? -1 : 0;
  return values[(values.indexOf(text) + by + values.length) % values.length] ?? text;
}

function goTo(state: State, dialog: FormDialog, to: number): State {
  const at = (to + dialog.fields.length) % dialog.fields.length;
  const text = dialog.values[dialog.fields[at] ?? ''] ?? '';
  return changeDialog(state, dialog, { at, cursor: Array.from(text).length });
}

/** What was wrong with a field is not said any longer once it is written anew. */
function write(state: State, dialog: FormDialog, path: string, to: { text: string; cursor: number }): State {
  const { [path]: _old, ...errors } = dialog.errors;
  return changeDialog(state, dialog, { values: { ...dialog.values, [path]: to.text }, cursor: to.cursor, errors });
}

function submit(state: State, dialog: FormDialog): Step {
  const read = readForm(specOf(dialog.path), dialog, state.me);
  if (!read.ok) {
    const first = dialog.fields.findIndex((path) => path in read.errors);
    const shown = changeDialog(state, dialog, { errors: read.errors, error: read.error });
    return step(first < 0 ? shown : goTo(shown, { ...dialog, errors: read.errors, error: read.error }, first));
  }
  const clean = changeDialog(state, dialog, { errors: {}, error: undefined });
  return proceed(clean, dialog.path, read.input, dialog.id);
}

const labelWidthMax = 18;

export function drawForm(canvas: Canvas<Target>, dialog: FormDialog): void {
  const fields = fieldsIn(specOf(dialog.path), dialog);
  const body = openBox(canvas, {
    title: dialog.title,
    role: 'accent',
    width: Math.min(canvas.width - 6, 74),
    height: fields.length + 3,
    hints: dialog.isBusy
      ? [['escape', 'close; it goes on']]
      : [
          ['enter', 'go'],
          ['tab', 'next'],
          ['escape', 'leave it'],
        ],
  });
  const rows = body.height - 3;
  const top = Math.max(0, Math.min(dialog.at - Math.floor(rows / 2), fields.length - rows));
  const labelWidth = Math.min(labelWidthMax, Math.max(...fields.map(({ name }) => name.length)) + 1);
  for (const [row, field] of fields.slice(top, top + rows).entries()) {
    const line = { x: body.x, y: body.y + row, width: body.width, height: 1 };
    drawField(canvas, line, dialog, field, labelWidth);
  }
  drawExplanation(canvas, { ...body, y: body.y + body.height - 2, height: 2 }, dialog, fields[dialog.at]);
}

function drawField(canvas: Canvas<Target>, line: Rect, dialog: FormDialog, field: Field, labelWidth: number): void {
  const { x, y, width } = line;
  const isCurrent = dialog.fields[dialog.at] === field.path;
  const fault = dialog.errors[field.path];
  canvas.text(
    x,
    y,
    `${field.name}${field.required ? '*' : ''}`,
    fault ? 'bad' : isCurrent ? 'strong' : 'dim',
    labelWidth,
  );
  const begin = x + labelWidth + 1;
  const room = width - labelWidth - 1;
  const text = dialog.values[field.path] ?? '';
  const { shown, cursor } = visible(text, isCurrent ? dialog.cursor : 0, room - 1);
  canvas.text(begin, y, '·'.repeat(room), 'dim', room);
  canvas.text(begin, y, shown, isCurrent ? 'accent' : 'plain', room);
  const note = fault === undefined ? (text === '' ? exampleOf(field) : '') : `✗ ${fault}`;
  const gap = text === '' ? 0 : 2;
  canvas.text(begin + textWidth(shown) + gap, y, note, fault ? 'bad' : 'dim', room - textWidth(shown) - gap);
  if (isCurrent && !dialog.isBusy) canvas.cursor = { x: begin + cursor, y };
}

const exampleOf = ({ kind, choices, list, form }: Field): string => {
  if (kind === 'boolean') return 'space: yes';
  if (kind === 'choice') return choices.join(' | ');
  return list || kind === 'bind' ? `${form}${list ? ' …' : ''}` : '';
};

/** The stretch of a long text around the cursor. */
function visible(text: string, cursor: number, room: number): { readonly shown: string; readonly cursor: number } {
  const characters = Array.from(text);
  const from = Math.max(0, Math.min(cursor - Math.floor(room / 2), characters.length - room));
  const shown = characters.slice(from, from + room).join('');
  return { shown, cursor: textWidth(characters.slice(from, cursor).join('')) };
}

function drawExplanation(canvas: Canvas<Target>, { x, y, width }: Rect, dialog: FormDialog, field?: Field): void {
  const fault = dialog.error ?? (field === undefined ? undefined : dialog.errors[field.path]);
  const [text, role] = dialog.isBusy
    ? (['Under way; its steps are among the operations.', 'accent'] as const)
    : ([fault === undefined ? (field?.description ?? '') : `✗ ${fault}`, fault === undefined ? 'dim' : 'bad'] as const);
  for (const [at, it] of wrap(text, width).slice(0, 2).entries()) canvas.text(x, y + at, it, role, width);
}
