/**
 * Action → what it does. Every action of the key table has its line here; the compiler counts them.
 *
 * Not here: which key leads to it (keys/keymap.ts), movement itself (movement.ts), calls (procedures.ts).
 */
import type { SetView } from '../../common/contract/views.ts';
import { openMenu } from '../dialogs/menu.ts';
import type { ActionName } from '../keys/keymap.ts';
import { bindingOf } from '../keys/keymap.ts';
import { gpuPane } from '../panes/gpus.ts';
import { selectedRow } from '../panes/pane.ts';
import { portPane } from '../panes/ports.ts';
import { versionPane } from '../panes/versions.ts';
import { beginSearch, copyLine, findLine, follow, moveLeft, moveLine, openLogs, toggleTimes } from './logs.ts';
import { back, goToSet, move, nextPane, pageRows, showView, sortNext } from './movement.ts';
import { begin, hasProcedure, type Wish } from './procedures.ts';
import { selectedSession, selectedSet, selectedSubject, subjectName } from './selection.ts';
import type { Session } from './sessions.ts';
import { type State, say } from './state.ts';
import { openDialog, type Step, step } from './step.ts';
import {
  activate,
  closeTerminal,
  nextTerminal,
  openTerminal,
  setMode,
  showSession,
  splitTerminal,
  toggleZoom,
} from './terminals.ts';

type Handler = (state: State) => Step;

/** A change of what is looked at, with nothing to do outside. */
const pure =
  (change: (state: State) => State): Handler =>
  (state) =>
    step(change(state));

const onSet =
  (act: (state: State, set: SetView) => Step): Handler =>
  (state) => {
    const set = selectedSet(state);
    return set === undefined ? step(say(state, 'No set is selected.', 'warn')) : act(state, set);
  };

/** Along a long line of a log. */
const sidewaysColumns = 16;

/** A procedure on the selected set, with what else it needs. */
const onSetCall = (path: string, more: (set: SetView) => Partial<Wish> = () => ({})): Handler =>
  onSet((state, set) => wish(state, { path, preset: { name: set.name }, ...more(set) }));

/** A key that says it all: what else could be told has its form in the menu. */
const AT_ONCE = { fields: [] } as const;

/** A daemon of another version may not have everything that has a key. */
const wish = (state: State, it: Wish): Step =>
  hasProcedure(it.path) ? begin(state, it) : step(say(state, 'This berthd cannot do that.', 'warn'));

const HANDLERS: Readonly<Record<ActionName, Handler>> = {
  'view.gpus': pure((state) => showView(state, 'gpus')),
  'view.sets': pure((state) => showView(state, 'sets')),
  'view.exec': pure((state) => showView(state, 'exec')),
  'view.volumes': pure((state) => showView(state, 'volumes')),
  'view.ports': pure((state) => showView(state, 'ports')),
  'view.operations': pure((state) => showView(state, 'operations')),
  'view.overview': pure((state) => showView(state, 'overview')),
  help: pure((state) => openDialog(state, { kind: 'help', top: 0 })),
  quit: (state) => step(state, { type: 'quit' }),
  filter: pure((state) => ({ ...state, filtering: true, message: undefined })),
  'move.down': moving(() => 1),
  'move.up': moving(() => -1),
  'move.first': moving(() => Number.NEGATIVE_INFINITY),
  'move.last': moving(() => Number.POSITIVE_INFINITY),
  'move.pageDown': moving(pageRows),
  'move.pageUp': moving((state) => -pageRows(state)),
  'pane.next': pure((state) => nextPane(state, 1)),
  'pane.previous': pure((state) => nextPane(state, -1)),
  back: pure(leave),
  zoom: pure((state) => (state.focus === 'exec' ? toggleZoom(state) : { ...state, zoomed: true })),
  unzoom: pure((state) => ({ ...state, zoomed: false })),
  sort: pure(sortNext),
  copy,
  menu: pure(openMenu),
  mouse: (state) =>
    step(say({ ...state, mouse: !state.mouse }, state.mouse ? 'Mouse off: your terminal selects.' : 'Mouse on.'), {
      type: 'mouse',
      on: !state.mouse,
    }),
  redraw: (state) => step(state, { type: 'redraw' }),
  suspend: (state) => step(state, { type: 'suspend' }),
  owner: pure(toOwner),
  details: pure(details),
  'operation.details': pure(details),
  'operation.cancel': (state) => {
    const subject = selectedSubject(state);
    if (subject?.kind !== 'operation') return step(state);
    return wish(state, { path: 'operation.cancel', preset: { id: subject.id }, ...AT_ONCE });
  },
  'set.new': (state) => {
    const gpu = state.focus === 'gpus' ? selectedRow(gpuPane, state) : undefined;
    return wish(state, {
      path: 'replicaSet.run',
      preset: {},
      title: 'Run a new replicaSet',
      values: gpu === undefined ? {} : { gpuCount: '1' },
    });
  },
  'set.versions': pure((state) => ({ ...showView(state, 'sets'), focus: 'versions' })),
  'set.exec': onSet((state, set) => openTerminal(state, set.name)),
  'set.logs': onSet((state, set) => openLogs(state, set.name, earlierVersion(state, set))),
  'set.stop': onSet((state, set) =>
    wish(state, {
      path:
        set.state === 'running' || set.state === 'frozen' || set.state === 'paused'
          ? 'replicaSet.stop'
          : 'replicaSet.start',
      preset: { name: set.name },
      ...AT_ONCE,
    }),
  ),
  'set.pause': onSet((state, set) =>
    wish(state, {
      path: set.state === 'running' || set.state === 'frozen' ? 'replicaSet.pause' : 'replicaSet.continueSet',
      preset: { name: set.name },
      ...AT_ONCE,
    }),
  ),
  'set.restart': onSetCall('replicaSet.restart', () => AT_ONCE),
  'set.rollback': onSet((state, set) => {
    const row = selectedRow(versionPane, state);
    if (row === undefined) return step(say(state, 'Its versions are on their way.', 'warn'));
    const { version } = row.version;
    return wish(state, { path: 'replicaSet.rollback', preset: { name: set.name, version }, ...AT_ONCE });
  }),
  'version.mark': pure(mark),
  'version.diff': pure(diff),
  'set.gpus': onSetCall('replicaSet.patch', (set) => ({
    fields: ['gpuPatch.gpuCount'],
    values: { 'gpuPatch.gpuCount': String(set.gpuCount) },
    title: `GPUs of ${set.name}`,
  })),
  'set.limits': onSetCall('replicaSet.resources', (set) => ({ title: `Limits of ${set.name}` })),
  'set.volume': onSetCall('replicaSet.patch', (set) => ({
    fields: ['volumePatch.oldBind', 'volumePatch.newBind'],
    values: bindValues(set),
    title: `Volume of ${set.name}`,
  })),
  'set.commit': onSetCall('replicaSet.commit', (set) => ({ title: `Save the files of ${set.name} as an image` })),
  'set.delete': onSetCall('replicaSet.remove', () => AT_ONCE),
  'volume.details': pure(details),
  'terminal.prefix': pure((state) => setMode(state, 'prefix')),
  'terminal.enter': onTerminal((state, id) => step(activate(state, id, 'raw'))),
  'terminal.next': pure((state) => nextTerminal(state, 1)),
  'terminal.previous': pure((state) => nextTerminal(state, -1)),
  'terminal.splitColumns': (state) => splitTerminal(state, 'columns'),
  'terminal.splitRows': (state) => splitTerminal(state, 'rows'),
  'terminal.zoom': pure(toggleZoom),
  'terminal.scroll': onTerminal((state, id) =>
    step(setMode(state, 'scroll'), { type: 'terminal', do: 'scrollPages', id, by: -1 }),
  ),
  'terminal.close': onTerminal(closeTerminal),
  'terminal.leave': pure((state) => setMode(state, 'ui')),
  'terminal.leaveScroll': pure((state) => setMode(state, 'ui')),
  'session.show': onSession(showSession),
  'session.close': onSession((state, { id }) => closeTerminal(state, id)),
  'logs.follow': pure(follow),
  'logs.search': pure(beginSearch),
  'logs.previous': pure((state) => findLine(state, -1)),
  'logs.next': pure((state) => findLine(state, 1)),
  'logs.times': pure(toggleTimes),
  'logs.right': pure((state) => moveLeft(state, sidewaysColumns)),
  'logs.left': pure((state) => moveLeft(state, -sidewaysColumns)),
  'volume.new': (state) => wish(state, { path: 'volume.create', preset: {}, title: 'Make a volume' }),
  'volume.resize': onVolume('volume.resize', { fields: ['size', 'restartUsers'] }),
  'volume.delete': onVolume('volume.remove', AT_ONCE),
};

export function perform(state: State, action: ActionName): Step {
  const { changes } = bindingOf(state.keymap, action);
  if (changes === true && state.readonly) return step(say(state, 'This is a view only (--readonly).', 'warn'));
  return HANDLERS[action](state);
}

function bindValues({ binds: [bind] }: SetView): Readonly<Record<string, string>> {
  if (bind === undefined) return {};
  const text = `${bind.src}:${bind.dest}`;
  return { 'volumePatch.oldBind': text, 'volumePatch.newBind': text };
}

function onVolume(path: string, more: Partial<Wish>): Handler {
  return (state) => {
    const subject = selectedSubject(state);
    return subject?.kind === 'volume' ? wish(state, { path, preset: { name: subject.name }, ...more }) : step(state);
  };
}

function onTerminal(act: (state: State, id: number) => Step): Handler {
  return (state) => {
    const { active } = state.terminals;
    return active === undefined ? step(say(state, 'No terminal is open.', 'warn')) : act(state, active);
  };
}

function onSession(act: (state: State, session: Session) => Step): Handler {
  return (state) => {
    const session = selectedSession(state);
    return session === undefined ? step(state) : act(state, session);
  };
}

function moving(by: (state: State) => number): Handler {
  return pure((state) => (state.focus === 'logs' ? moveLine(state, by(state)) : move(state, by(state))));
}

/** From a log to the sets, where one came from. */
function leave(state: State): State {
  const isLog = state.view === 'logs' && state.places.logs.filter === '';
  return isLog ? showView(state, 'sets') : back(state);
}

/** Undefined: the one that is current, whichever that becomes. */
function earlierVersion(state: State, { version: current }: SetView): number | undefined {
  const selected = state.focus === 'versions' ? selectedRow(versionPane, state)?.version.version : undefined;
  return selected === current ? undefined : selected;
}

function copy(state: State): Step {
  const { active: id } = state.terminals;
  if (state.focus === 'exec' && id !== undefined) return step(state, { type: 'terminal', do: 'copy', id });
  if (state.focus === 'logs') return copyLine(state);
  const subject = selectedSubject(state);
  if (subject === undefined) return step(state);
  const text = subjectName(subject);
  return step(say(state, `Copied: ${text}`), { type: 'copy', text });
}

function details(state: State): State {
  const subject = selectedSubject(state);
  return subject === undefined ? state : openDialog(state, { kind: 'details', subject, top: 0 });
}

/** To the set that holds the GPU or the port; what nobody of ours holds has only details. */
function toOwner(state: State): State {
  const row = state.focus === 'ports' ? selectedRow(portPane, state) : selectedRow(gpuPane, state);
  const isOurs = row !== undefined && state.world.sets.some((set) => set.name === row.holder);
  return isOurs && row.holder !== null ? goToSet(state, row.holder) : details(state);
}

function mark(state: State): State {
  const set = selectedSet(state);
  const row = selectedRow(versionPane, state);
  if (set === undefined || row === undefined) return state;
  const { version } = row.version;
  const isMarked = state.marked?.name === set.name && state.marked.version === version;
  return { ...state, marked: isMarked ? undefined : { name: set.name, version } };
}

/** With the marked version, or else with the one whose files it began with. */
function diff(state: State): State {
  const set = selectedSet(state);
  const row = selectedRow(versionPane, state);
  if (set === undefined || row === undefined) return state;
  const { version, parent } = row.version;
  const other = state.marked?.name === set.name ? state.marked.version : parent;
  if (other === null || other === version) return say(state, 'Mark another version first (space).', 'warn');
  const [from, to] = other < version ? [other, version] : [version, other];
  return openDialog(state, { kind: 'diff', name: set.name, from, to, top: 0 });
}
