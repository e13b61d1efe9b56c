/** What the daemon's answers come to: plans and versions find their place, outcomes are told, refusals shown. */
import type { Failure } from '../../common/clientFailure.ts';
import { ExecView } from '../../common/contract/exec.ts';
import { PlanView, VersionView } from '../../common/contract/views.ts';
import { rendererOf } from '../cli/output/index.ts';
import { plainPaint } from '../cli/output/paint.ts';
import { line } from '../dialogs/box.ts';
import { fieldOfFailure } from '../dialogs/formInput.ts';
import { safe, safeJson } from '../safe.ts';
import type { Purpose } from './commands.ts';
import type { Event } from './events.ts';
import { select } from './movement.ts';
import { nameIn, procedureTitle, specOf } from './procedures.ts';
import { type State, say } from './state.ts';
import { changeDialog, closeDialog, openDialog } from './step.ts';
import { sessionsFound } from './terminals.ts';
import { withVersions } from './world.ts';

type Answer = Extract<Event, { type: 'answer' }>;
type Of<For extends Purpose['for']> = Extract<Purpose, { for: For }>;

export function answered(state: State, { purpose, result }: Answer): State {
  switch (purpose.for) {
    case 'versions': {
      // Asked again when the set changes, or after a reconnect: at once would be for ever.
      if (!result.ok) return { ...state, asked: new Map(state.asked).set(purpose.name, result.failure.message) };
      const asked = new Map(state.asked);
      asked.delete(purpose.name);
      const versions = VersionView.array().parse(result.output);
      return { ...state, asked, world: withVersions(state.world, purpose.name, versions) };
    }
    case 'sessions':
      return result.ok ? sessionsFound(state, ExecView.array().parse(result.output)) : state;
    case 'plan':
      return result.ok
        ? planned(state, purpose, PlanView.parse(result.output))
        : refused(state, purpose, result.failure);
    case 'change':
      return result.ok ? changed(state, purpose, result.output) : refused(state, purpose, result.failure);
    case 'show':
      return result.ok ? shown(state, purpose, result.output) : failed(state, purpose.path, result.failure);
  }
}

function planned(state: State, { dialog: id }: Of<'plan'>, plan: PlanView): State {
  const dialog = state.dialogs.find((it) => it.id === id);
  return dialog?.kind === 'confirm' ? changeDialog(state, dialog, { plan }) : state;
}

function changed(state: State, { path, input, form }: Of<'change'>, output: unknown): State {
  const told = say(state, `✓ ${summary(state, path, input, output)}`, 'ok');
  const there = path === 'replicaSet.run' ? select(told, 'sets', nameIn(input)) : told;
  return form === undefined ? there : closeDialog(there, form);
}

/** The first line of what the command line would say. */
const summary = (state: State, path: string, input: Of<'change'>['input'], output: unknown): string =>
  render(state, path, input, output)?.split('\n')[0] ?? `${procedureTitle(specOf(path))} is done`;

function render(
  { world, now }: State,
  path: string,
  input: Of<'change'>['input'],
  output: unknown,
): string | undefined {
  const name = nameIn(input);
  const reason = typeof input.reason === 'string' ? input.reason : null;
  const set = world.sets.find((it) => it.name === name);
  const answer = { output: output as never, name, reason, set, client: '' };
  const view = { width: Number.POSITIVE_INFINITY, now: new Date(now), paint: plainPaint };
  return rendererOf(specOf(path).procedure)?.(answer, view);
}

function shown(state: State, { path, input }: Of<'show'>, output: unknown): State {
  const text = render(state, path, input, output) ?? safeJson(output, 2);
  const lines = text.split('\n').map((it) => line(it));
  return openDialog(state, { kind: 'text', title: procedureTitle(specOf(path)), lines, top: 0 });
}

/** Beside the field it concerns where a form waits for it; else in a dialog of its own. */
function refused(state: State, purpose: Of<'plan'> | Of<'change'>, failure: Failure): State {
  if (purpose.for === 'plan') {
    const dialog = state.dialogs.find((it) => it.id === purpose.dialog);
    if (dialog?.kind !== 'confirm') return state;
    const closed = closeDialog(state, dialog.id);
    return refusedChange(closed, dialog.path, dialog.formId, failure);
  }
  return refusedChange(state, purpose.path, purpose.form, failure);
}

function refusedChange(state: State, path: string, formId: number | undefined, failure: Failure): State {
  const form = state.dialogs.find((it) => it.id === formId);
  if (form?.kind !== 'form') return failed(state, path, failure);
  const field = fieldOfFailure(form, failure);
  const text = [failure.message, failure.hint].filter((it) => it !== '').join('. ');
  const quiet = { ...state, message: undefined };
  if (field === undefined) return changeDialog(quiet, form, { isBusy: false, error: text });
  const at = Math.max(0, form.fields.indexOf(field));
  const cursor = Array.from(form.values[field] ?? '').length;
  return changeDialog(quiet, form, { isBusy: false, errors: { [field]: text }, at, cursor });
}

function failed(state: State, path: string, { message, hint, kind }: Failure): State {
  const title = `${procedureTitle(specOf(path))} failed`;
  const lines = [line(safe(message), 'bad'), ...(hint === '' ? [] : [line(''), line(safe(hint))])];
  const told = say(state, `✗ ${safe(message)}`, kind === 'unknownOutcome' ? 'warn' : 'bad');
  return openDialog(told, { kind: 'text', title, lines, top: 0 });
}
