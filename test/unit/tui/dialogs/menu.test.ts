import { expect, test } from 'vitest';
import { COMMANDS } from '../../../../tui/cli/commands.ts';
import { menuItems } from '../../../../tui/dialogs/menu.ts';
import { UiScene } from '../../../rig/uiScene.ts';

const paths = (items: ReturnType<typeof menuItems>): readonly string[] => items.map(({ path }) => path);

test('the menu reaches every question and every change of the command line', () => {
  const all = COMMANDS.filter(({ procedure }) => ['query', 'mutation'].includes(procedure.kind)).map(
    ({ path }) => path,
  );
  expect(paths(menuItems({ kind: 'set', name: 'llama' }, false)).toSorted()).toEqual(all.toSorted());
});

test('what fits the selected thing comes first', () => {
  expect(paths(menuItems({ kind: 'gpu', uuid: 'GPU-1' }, false)).slice(0, 2)).toEqual([
    'resource.gpuDrain',
    'resource.gpuUndrain',
  ]);
});

test('--readonly leaves the questions', () => {
  const kinds = menuItems({ kind: 'set', name: 'llama' }, true).map(
    ({ path }) => COMMANDS.find((it) => it.path === path)?.procedure.kind,
  );
  expect(new Set(kinds)).toEqual(new Set(['query']));
});

test('typing narrows it, and Enter does what is left with the selected thing settled', () => {
  const scene = UiScene.live().press('a').type('undrain').press('enter');
  expect(scene.changes()).toEqual([{ path: 'resource.gpuUndrain', input: { gpu: scene.state.world.gpus[0]?.uuid } }]);
});

test('a question’s answer is shown as the command line would', () => {
  const scene = UiScene.live().press('5', 'a').type('version').press('enter');
  scene.refuse('INTERNAL', 'no idea');
  expect(scene.text()).toContain('version failed');
});
