/** The action menu: every procedure of the contract that fits what is selected, so that none needs a key of its own. */
import { COMMANDS, type CommandSpec } from '../cli/commands.ts';
import { oneLine } from '../cli/help.ts';
import type { Target } from '../state/events.ts';
import { begin, presetFor, specOf } from '../state/procedures.ts';
import { selectedSubject, subjectName } from '../state/selection.ts';
import type { State } from '../state/state.ts';
import { changeDialog, closeDialog, openDialog, type Step, step } from '../state/step.ts';
import type { Canvas } from '../term/canvas.ts';
import { openBox } from './box.ts';
import type { MenuDialog, MenuItem, Subject } from './dialog.ts';
import { typed } from './textField.ts';

export function openMenu(state: State): State {
  const subject = selectedSubject(state);
  return openDialog(state, {
    kind: 'menu',
    title: subject === undefined ? 'Actions' : `Actions on ${subjectName(subject)}`,
    subject,
    items: menuItems(subject, state.readonly),
    at: 0,
    filter: '',
  });
}

/** What fits the subject, then what needs none. Streams and files have views, or the command line. */
export function menuItems(subject: Subject | undefined, readonly: boolean): readonly MenuItem[] {
  const offered = COMMANDS.filter(({ procedure }) => {
    const { kind } = procedure;
    return kind === 'query' || (kind === 'mutation' && !readonly);
  });
  const fitting = offered.filter((spec) => subject !== undefined && presetFor(spec, subject) !== undefined);
  const others = offered.filter((spec) => !fitting.includes(spec));
  return [...fitting, ...others].map(itemOf);
}

const itemOf = (spec: CommandSpec): MenuItem => ({
  label: spec.cli.name,
  hint: oneLine(spec.procedure.summary),
  path: spec.path,
});

/** Those whose name begins so before those that only speak of it. */
function shownItems({ items, filter }: MenuDialog): readonly MenuItem[] {
  const wanted = filter.toLowerCase();
  const rank = ({ label }: MenuItem): number => (label.startsWith(wanted) ? 0 : label.includes(wanted) ? 1 : 2);
  return items
    .filter(({ label, hint }) => `${label} ${hint}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => rank(a) - rank(b));
}

export function menuKey(state: State, dialog: MenuDialog, key: string): Step {
  const items = shownItems(dialog);
  const go = (at: number): Step =>
    step(changeDialog(state, dialog, { at: Math.max(0, Math.min(items.length - 1, at)) }));
  switch (key) {
    case 'escape':
      return step(closeDialog(state, dialog.id));
    case 'down':
    case 'tab':
      return go(dialog.at + 1);
    case 'up':
    case 'S-tab':
      return go(dialog.at - 1);
    case 'pagedown':
      return go(dialog.at + 10);
    case 'pageup':
      return go(dialog.at - 10);
    case 'enter':
      return choose(state, dialog, items[dialog.at]);
    default:
      return step(changeDialog(state, dialog, { filter: typed(dialog.filter, key), at: 0 }));
  }
}

function choose(state: State, dialog: MenuDialog, item: MenuItem | undefined): Step {
  if (item === undefined) return step(state);
  const preset = dialog.subject === undefined ? undefined : presetFor(specOf(item.path), dialog.subject);
  return begin(closeDialog(state, dialog.id), { path: item.path, preset: preset ?? {} });
}

const labelWidth = 18;

export function drawMenu(canvas: Canvas<Target>, dialog: MenuDialog): void {
  const items = shownItems(dialog);
  const body = openBox(canvas, {
    title: dialog.title,
    role: 'accent',
    width: Math.min(canvas.width - 6, 90),
    height: dialog.items.length + 1,
    hints: [
      ['enter', 'do it'],
      ['escape', 'close'],
    ],
  });
  const used = canvas.text(body.x, body.y, `/${dialog.filter}`, 'accent', body.width);
  canvas.cursor = { x: body.x + used, y: body.y };
  const rows = body.height - 1;
  const top = Math.max(0, Math.min(dialog.at - Math.floor(rows / 2), items.length - rows));
  for (const [at, { label, hint }] of items.slice(top, top + rows).entries()) {
    const y = body.y + 1 + at;
    canvas.text(body.x + 1, y, label, 'strong', labelWidth);
    canvas.text(body.x + labelWidth + 2, y, hint, 'dim', body.width - labelWidth - 2);
    if (top + at === dialog.at) canvas.restyle(body.x, y, body.width, 'selected');
  }
}
