import { expect, test } from 'vitest';
import type { ExecView } from '../../../../common/contract/exec.ts';
import { rawTerminal, shownTerminals } from '../../../../tui/state/terminals.ts';
import { UiScene } from '../../../rig/uiScene.ts';

const running = (scene: UiScene, ...ids: readonly number[]): UiScene => {
  for (const id of ids) scene.send({ type: 'terminal', id, status: { state: 'running', execId: `x${id}` } });
  return scene;
};
const opened = (over = {}): UiScene => running(UiScene.live({ width: 120, height: 40, ...over }).press('2', 'e'), 1);
const shown = ({ state }: UiScene): readonly number[] => shownTerminals(state).map(({ id }) => id);
const done = ({ commands }: UiScene): readonly unknown[] => commands.filter((it) => it.type === 'terminal');

test('e opens a shell in the selected set, which has every key', () => {
  const scene = opened();
  expect(done(scene)).toMatchObject([{ do: 'open', id: 1, name: 'llama' }]);
  expect(rawTerminal(scene.state)).toBe(1);
  const before = scene.commands.length;
  scene.press('q', 'd', '2', 'C-c', 'y', '?');
  expect([scene.state.view, scene.state.dialogs, scene.commands.length]).toEqual(['exec', [], before]);
});

test('after the prefix one key is a command, whatever it is, and then the terminal has them again', () => {
  const scene = opened().press('C-]');
  expect(rawTerminal(scene.state)).toBeUndefined();
  expect(rawTerminal(scene.press('Q').state)).toBe(1);
  expect(done(scene.press('C-]', 'C-]')).at(-1)).toMatchObject({ do: 'write', id: 1, text: '\u001d' });
  expect(rawTerminal(scene.state)).toBe(1);
});

test('d leaves and keeps it, Enter goes back in', () => {
  const scene = opened().press('C-]', 'd');
  expect([rawTerminal(scene.state), shown(scene)]).toEqual([undefined, [1]]);
  expect(rawTerminal(scene.press('2', '3', 'enter').state)).toBe(1);
  expect(done(scene)).toHaveLength(1);
});

test('after the prefix the views and help are there, and what is left is left', () => {
  expect(opened().press('C-]', '1').state.view).toBe('gpus');
  const helped = opened().press('C-]', '?');
  expect(helped.state.dialogs.map(({ kind }) => kind)).toEqual(['help']);
  expect(rawTerminal(helped.state)).toBeUndefined();
  expect(rawTerminal(helped.press('escape').state)).toBe(1);
  expect(rawTerminal(opened().press('C-]', '1', '3').state)).toBeUndefined();
});

test('splits share the page, next goes around all pages, zoom shows one', () => {
  const scene = opened().press('C-]', '|', 'C-]', '-');
  running(scene, 2, 3);
  expect([shown(scene), rawTerminal(scene.state)]).toEqual([[1, 2, 3], 3]);
  expect(shown(scene.press('C-]', 'z'))).toEqual([3]);
  expect(shown(scene.press('C-]', 'z'))).toEqual([1, 2, 3]);
  running(scene.press('C-]', '2', 'j', 'e'), 4);
  expect(shown(scene)).toEqual([4]);
  const visited = Array.from({ length: 5 }, () => rawTerminal(scene.press('C-]', 'n').state));
  expect(visited).toEqual([1, 2, 3, 4, 1]);
  expect(rawTerminal(scene.press('C-]', 'p').state)).toBe(4);
  expect(scene.state.terminals.sessions.map(({ name }) => name)).toEqual(['llama', 'llama', 'llama', 'notebook']);
});

test('no split makes halves too small to work in', () => {
  const scene = UiScene.live({ width: 80, height: 16 }).press('2', 'e');
  scene.press('C-]', '|', 'C-]', '|', 'C-]', '-', 'C-]', '-');
  expect(shown(scene)).toEqual([1, 2, 3]);
  expect(scene.text()).toContain('no room for another one');
  expect(rawTerminal(scene.state)).toBe(3);
});

test('where the screen becomes too small for all, the active one has it', () => {
  const scene = running(opened().press('C-]', '|', 'C-]', '-', 'C-]', '-'), 2, 3, 4);
  expect(shown(scene)).toHaveLength(4);
  expect(shown(scene.send({ type: 'resize', width: 60, height: 10 }))).toEqual([4]);
});

test('x ends a running command only when asked twice in a row', () => {
  const scene = opened().press('C-]', 'x');
  expect(scene.text()).toContain('once more ends it');
  expect(scene.press('C-]', 'n', 'C-]', 'x').state.terminals.sessions).toHaveLength(1);
  expect(scene.press('C-]', 'x').state.terminals.sessions).toEqual([]);
  expect(done(scene).at(-1)).toMatchObject({ do: 'close', id: 1, execId: 'x1' });
  expect(scene.text()).toContain('No terminal is open.');
});

test('a command that ends gives the keys back, says how, and goes at the first x', () => {
  const scene = opened().send({ type: 'terminal', id: 1, status: { state: 'ended', exitCode: 3 } });
  expect(rawTerminal(scene.state)).toBeUndefined();
  expect(scene.text()).toContain('exited 3');
  expect(rawTerminal(scene.press('enter').state)).toBeUndefined();
  expect(scene.press('x').state.terminals.sessions).toEqual([]);
});

test('one that ends beside the active one takes no keys away', () => {
  const scene = running(opened().press('C-]', '|'), 2);
  scene.send({ type: 'terminal', id: 1, status: { state: 'failed', reason: 'the connection to berthd was lost' } });
  expect(rawTerminal(scene.state)).toBe(2);
  expect(scene.text()).toContain('the connection to berthd was lost');
});

test('scrolling moves through what went by, copies, and comes back to the newest', () => {
  const scene = opened().press('C-]', '[', 'k', 'pagedown', 'g', 'y', 'e', 'q');
  expect(done(scene).slice(1)).toMatchObject([
    { do: 'scrollPages', id: 1, by: -1 },
    { do: 'scroll', id: 1, by: -1 },
    { do: 'scrollPages', id: 1, by: 1 },
    { do: 'scroll', id: 1, by: Number.NEGATIVE_INFINITY },
    { do: 'copy', id: 1 },
    { do: 'scroll', id: 1, by: Number.POSITIVE_INFINITY },
  ]);
  expect(rawTerminal(scene.state)).toBe(1);
});

test('the list finds every terminal again, lies over them, and Enter goes in', () => {
  const scene = running(opened().press('C-]', '2', 'j', 'e'), 2);
  const before = scene.press('C-]', 'd').state;
  scene.press('tab');
  expect(shownTerminals(scene.state)).toEqual(shownTerminals(before));
  expect(scene.text()).toMatch(/▸llama +v5 +running/);
  expect(rawTerminal(scene.press('enter').state)).toBe(1);
});

test('the mouse goes in with a click and scrolls with its wheel', () => {
  const scene = running(opened().press('C-]', '|'), 2);
  scene.send({ type: 'click', target: { type: 'terminal', id: 1 } });
  expect(rawTerminal(scene.state)).toBe(1);
  scene.send({ type: 'wheel', lines: -3, target: { type: 'terminal', id: 2 } });
  expect(done(scene).at(-1)).toMatchObject({ do: 'wheel', id: 2, by: -3 });
});

test('--readonly opens none', () => {
  const scene = UiScene.live({ readonly: true }).press('2', 'e');
  expect([scene.state.view, done(scene)]).toEqual(['sets', []]);
});

const held = (id: string, over: Partial<ExecView> = {}): ExecView => ({
  id,
  name: 'whisper',
  version: 1,
  cmd: ['sh'],
  tty: true,
  actor: 'bob',
  state: 'running',
  exitCode: null,
  attached: false,
  startedAt: '2026-01-22T10:30:04.000Z',
  endedAt: null,
  ...over,
});

test('what the daemon holds of before is found, listed, and opened again', () => {
  const scene = UiScene.live({ width: 120, height: 40 }).press('3');
  expect(scene.lastCall()).toMatchObject({ path: 'exec.list', input: {} });
  scene.answer([held('a'), held('b', { attached: true }), held('c', { tty: false }), held('d', { state: 'ended' })]);
  scene.press('tab');
  expect(scene.text()).toMatch(/whisper +v1 +left +6 min/);
  expect(scene.text()).toMatch(/whisper +v1 +elsewhere/);
  expect(scene.state.terminals.sessions).toHaveLength(2);
  expect(done(scene.press('enter'))).toMatchObject([{ do: 'open', name: 'whisper', execId: 'a' }]);
  expect([shown(scene), rawTerminal(scene.state)]).toEqual([[1], 1]);
});

test('it is asked for again on every way there, and what is gone is no longer listed', () => {
  const scene = UiScene.live()
    .press('3')
    .answer([held('a')])
    .press('1', '3');
  expect(scene.commands.filter((it) => it.type === 'call' && it.path === 'exec.list')).toHaveLength(2);
  expect(scene.answer([]).state.terminals.sessions).toEqual([]);
});

test('one of ours that is listed before it is told to run is there once', () => {
  const scene = UiScene.live()
    .press('2', 'e')
    .answer([held('x1', { name: 'llama', attached: true })]);
  expect(running(scene, 1).state.terminals.sessions).toMatchObject([
    { id: 1, execId: 'x1', status: { state: 'running' } },
  ]);
});
