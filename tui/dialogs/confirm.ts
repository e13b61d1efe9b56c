/**
 * Asks before something ends: what dies and for how long it ran, what changes, what stays.
 *
 * Invariants
 *  - Nothing is called before the plan was shown and `y` was pressed, or for a deletion the name typed.
 *  - A set that changed since the question was asked is not touched: what was read would not be what happens.
 */

import { outcome, processText } from '../cli/output/plan.ts';
import type { Target } from '../state/events.ts';
import { call, nameIn, procedureTitle, specOf } from '../state/procedures.ts';
import { type State, say } from '../state/state.ts';
import { changeDialog, closeDialog, type Step, step } from '../state/step.ts';
import type { Canvas } from '../term/canvas.ts';
import { textWidth } from '../term/charWidth.ts';
import { type Hint, line, openBox, wrap } from './box.ts';
import type { ConfirmDialog, Line } from './dialog.ts';
import { typed } from './textField.ts';

export function confirmKey(state: State, dialog: ConfirmDialog, key: string): Step {
  if (key === 'escape') return cancel(state, dialog);
  if (dialog.plan === undefined) return step(state);
  if (dialog.nameToType !== undefined) return nameKey(state, dialog, key);
  if (key === 'n' || key === 'q') return cancel(state, dialog);
  return key === 'y' || key === 'Y' ? go(state, dialog) : step(state);
}

const cancel = (state: State, dialog: ConfirmDialog): Step =>
  step(say(closeDialog(state, dialog.id), 'Nothing was changed.'));

function nameKey(state: State, dialog: ConfirmDialog, key: string): Step {
  if (key !== 'enter') return step(changeDialog(state, dialog, { typed: typed(dialog.typed, key) }));
  return dialog.typed === dialog.nameToType ? go(state, dialog) : step(state);
}

function go(state: State, dialog: ConfirmDialog): Step {
  const closed = closeDialog(state, dialog.id);
  const changed = changedSince(state, dialog);
  if (changed !== undefined) return step(say(closed, `${changed} Nothing was done; look again.`, 'bad'));
  if (state.link.state !== 'live') return step(say(closed, 'Not connected to berthd; nothing was done.', 'bad'));
  return call(closed, dialog.path, dialog.input, dialog.formId);
}

/** How the set differs from the one that was asked about; undefined where it does not. */
function changedSince({ world }: State, { expects }: ConfirmDialog): string | undefined {
  if (expects === undefined) return undefined;
  const { name, state, version } = expects;
  const set = world.sets.find((it) => it.name === name);
  if (set === undefined) return `${name} is gone meanwhile.`;
  if (set.version !== version) return `${name} is version ${set.version} meanwhile.`;
  return set.state === state ? undefined : `${name} is ${set.state} meanwhile.`;
}

export function drawConfirm(canvas: Canvas<Target>, dialog: ConfirmDialog): void {
  const width = Math.min(canvas.width - 6, 76);
  const lines = contentOf(dialog).flatMap(({ text, role }) => wrapIndented(text, width).map((it) => line(it, role)));
  const name = dialog.nameToType;
  const body = openBox(canvas, {
    title: `${procedureTitle(specOf(dialog.path))} ${nameIn(dialog.input)}`,
    role: 'warn',
    width: Math.max(...lines.map(({ text }) => textWidth(text))),
    height: lines.length + (name === undefined ? 0 : 2),
    hints: hintsFor(dialog),
  });
  const room = body.height - (name === undefined ? 0 : 2);
  for (const [at, it] of lines.slice(0, room).entries()) canvas.text(body.x, body.y + at, it.text, it.role, body.width);
  if (name !== undefined) drawName(canvas, body.x, body.y + body.height - 1, dialog, body.width);
}

function hintsFor({ plan, nameToType }: ConfirmDialog): readonly Hint[] {
  const keep: Hint = ['escape', 'leave it'];
  if (plan === undefined) return [keep];
  return nameToType === undefined
    ? [
        ['y', 'do it'],
        ['n', 'leave it'],
      ]
    : [['enter', 'delete'], keep];
}

function drawName(canvas: Canvas<Target>, x: number, y: number, dialog: ConfirmDialog, width: number): void {
  const label = `Type ${dialog.nameToType} to delete it: `;
  const used = canvas.text(x, y, label, 'plain', width);
  const role = dialog.typed === dialog.nameToType ? 'ok' : 'accent';
  const end = canvas.text(x + used, y, dialog.typed, role, width - used);
  canvas.cursor = { x: Math.min(canvas.width - 1, x + used + end), y };
}

function contentOf({ plan }: ConfirmDialog): readonly Line[] {
  if (plan === undefined) return [line('Asking berthd what that would do …', 'dim')];
  return [
    line(sentence(outcome(plan)), 'strong'),
    ...section('ends', plan.endsProcesses.map(processText), 'bad'),
    ...section('changes', plan.changes, 'warn'),
    ...section('keeps', plan.keeps, 'ok'),
    ...section('steps', plan.steps.length === 0 ? [] : [plan.steps.join(', ')], 'dim'),
  ];
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const labelWidth = 9;

const section = (label: string, items: readonly string[], role: Line['role']): readonly Line[] =>
  items.map((item, at) => line(`${(at === 0 ? label : '').padEnd(labelWidth)}${item}`, role));

function wrapIndented(text: string, width: number): readonly string[] {
  if (textWidth(text) <= width) return [text];
  const [head = '', ...rest] = wrap(text.slice(labelWidth), width - labelWidth);
  return [text.slice(0, labelWidth) + head, ...rest.map((it) => ' '.repeat(labelWidth) + it)];
}
