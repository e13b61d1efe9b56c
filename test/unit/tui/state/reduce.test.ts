import { expect, test } from 'vitest';
import { fakeSet } from '../../../rig/fakeServices.ts';
import { UiScene } from '../../../rig/uiScene.ts';
import { uiPlan, uiSets, uiSnapshot, uiVersions } from '../../../rig/uiWorld.ts';

const selected = (scene: UiScene, pane: 'gpus' | 'sets' | 'versions'): string | undefined =>
  scene.state.places[pane].id;

test('the number keys show the views; Tab goes through their parts', () => {
  const scene = UiScene.live();
  const views = ['2', '4', '5', '6', '0', '1'].map((key) => scene.press(key).state.view);
  expect(views).toEqual(['sets', 'volumes', 'ports', 'operations', 'overview', 'gpus']);
  const panes = ['0', 'tab', 'tab', 'tab', 'tab', 'S-tab'].map((key) => scene.press(key).state.focus);
  expect(panes).toEqual(['gpus', 'sets', 'versions', 'operations', 'gpus', 'operations']);
});

test('moving stops at both ends', () => {
  const scene = UiScene.live().press('2');
  const seen = ['j', 'j', 'G', 'j', 'k', 'g', 'k'].map((key) => selected(scene.press(key), 'sets'));
  expect(seen).toEqual(['notebook', 'oldeval', 'whisper', 'whisper', 'sdxl', 'llama', 'llama']);
});

test('the selected row stays selected when others come and go, and its neighbour is when it goes itself', () => {
  const scene = UiScene.live().press('2', 'j', 'j');
  scene.send({ type: 'daemon', event: { type: 'set', set: fakeSet({ name: 'aaa' }) } });
  expect(scene.text()).toMatch(/▸oldeval/);
  scene.send({ type: 'daemon', event: { type: 'setRemoved', name: 'oldeval' } });
  expect(scene.text()).toMatch(/▸sdxl/);
});

test('a set that comes in before the first one does not put itself under the next key', () => {
  const scene = UiScene.live().press('2');
  scene.send({ type: 'daemon', event: { type: 'set', set: fakeSet({ name: 'aaa' }) } });
  expect(scene.text()).toMatch(/▸llama/);
  scene.press('s');
  expect(scene.lastCall().input).toMatchObject({ name: 'llama', verb: 'stop' });
});

test('a set that was run from the form is selected once it is there', () => {
  const scene = UiScene.live().press('2', 'n').type('zoe').press('tab').type('pytorch').press('enter');
  scene.send({ type: 'daemon', event: { type: 'set', set: fakeSet({ name: 'zoe' }) } }).answer({ name: 'zoe-1' });
  expect(selected(scene, 'sets')).toBe('zoe');
});

test('a reconnect keeps the place', () => {
  const scene = UiScene.live().press('2', 'j', 'j');
  scene.send({ type: 'lost', reason: 'gone' }).send({ type: 'daemon', event: uiSnapshot() });
  expect(scene.state.link.state).toBe('live');
  expect(scene.text()).toMatch(/▸oldeval/);
});

test('a short loss is a restart; a longer one is called away, with the reason', () => {
  const scene = UiScene.live().send({ type: 'lost', reason: 'berthd is not running' });
  expect(scene.text()).toContain('◐ reconnecting');
  scene.send({ type: 'tick', now: scene.state.now + 6000 });
  expect(scene.text()).toContain('○ berthd is away');
  expect(scene.text()).toContain('berthd is not running; trying again');
});

test('the versions of the selected set are asked for once, and again after a reconnect', () => {
  const scene = UiScene.live().press('2', 'g', 'g');
  expect(scene.commands.map((it) => it.type === 'call' && it.input)).toEqual([{ name: 'llama' }]);
  scene.answer(uiVersions()).press('g');
  expect(scene.commands).toHaveLength(1);
  scene.send({ type: 'daemon', event: uiSnapshot() });
  expect(scene.commands).toHaveLength(2);
});

test('versions that cannot be had are not asked for again until the set changes', () => {
  const scene = UiScene.live().press('2').refuse('INTERNAL', 'no idea');
  expect(scene.text()).toContain('✗ no idea');
  expect(scene.press('g').commands).toHaveLength(1);
  const [llama] = uiSets();
  if (llama === undefined) throw new Error('no set');
  scene.send({ type: 'daemon', event: { type: 'set', set: llama } });
  expect(scene.commands).toHaveLength(2);
});

test('the filter narrows while it is typed, every word counts, and Esc takes it away', () => {
  const scene = UiScene.live().press('2', '/').type('BOB run');
  expect(scene.text()).toContain('Replica sets 1/5');
  expect(scene.press('enter').state.filtering).toBe(false);
  expect(scene.press('escape').text()).toContain('Replica sets 5 ');
});

test('keys of the filter are no commands, and a paste into a view is none either', () => {
  const scene = UiScene.live().press('2', '/').type('sq');
  expect(scene.state.dialogs).toEqual([]);
  scene.press('escape').send({ type: 'paste', text: 'dsq' });
  expect([scene.state.dialogs, scene.changes(), scene.commands.filter((it) => it.type === 'quit')]).toEqual([
    [],
    [],
    [],
  ]);
});

test('o sorts by one column after the other, and by none at last', () => {
  const scene = UiScene.live().press('2');
  const names = (): readonly string[] =>
    Array.from(scene.text().matchAll(/^│[▸ ](\w+) +v\d/gm), ([, name]) => name ?? '');
  expect(names()[0]).toBe('llama');
  expect(scene.press('o', 'o').text()).toContain('Replica sets 5  by VER');
  expect(names().slice(0, 2)).toEqual(['llama', 'oldeval']);
  scene.type('oooooo');
  expect(scene.state.places.sets.sort).toBeUndefined();
});

test('Enter on a GPU goes to the set that holds it, also where a filter hid that', () => {
  const scene = UiScene.live().press('2', '/').type('sdxl').press('enter', '1', 'j', 'j', 'j', 'enter');
  expect([scene.state.view, selected(scene, 'sets')]).toEqual(['sets', 'whisper']);
});

test('Enter on a GPU that nobody of ours holds tells who does', () => {
  const scene = UiScene.live().press('j', 'j', 'j', 'j', 'enter');
  expect(scene.state.dialogs.map(({ kind }) => kind)).toEqual(['details']);
  expect(scene.text()).toContain('python3 (pid 4711)');
});

test('versions begin at the current one for each set', () => {
  const scene = UiScene.live().withVersions();
  scene.press('enter', 'g');
  expect(selected(scene, 'versions')).toBe('1');
  scene.press('escape', 'j', 'k');
  expect(scene.text()).toMatch(/▸└─● v5/);
});

test('nothing that ends processes is called before its plan was seen and answered with y', () => {
  const scene = UiScene.live().withVersions().press('s', 'y');
  expect(scene.changes()).toEqual([]);
  scene.withPlan().press('j', 'enter');
  expect(scene.changes()).toEqual([]);
  expect(scene.press('y').changes()).toEqual([{ path: 'replicaSet.stop', input: { name: 'llama' } }]);
});

test.each(['n', 'escape', 'C-c'])('%s leaves everything as it is', (key) => {
  const scene = UiScene.live().withVersions().press('s').withPlan().press(key);
  expect([scene.state.dialogs, scene.changes()]).toEqual([[], []]);
});

test.each([
  ['another version', fakeSet({ name: 'llama', version: 6 }), 'llama is version 6 meanwhile.'],
  ['another state', fakeSet({ name: 'llama', version: 5, state: 'stopped' }), 'llama is stopped meanwhile.'],
])('a set that has %s by the time of the yes is not touched', (_what, set, message) => {
  const scene = UiScene.live().withVersions().press('s').withPlan();
  scene.send({ type: 'daemon', event: { type: 'set', set } }).press('y');
  expect(scene.changes()).toEqual([]);
  expect(scene.state.message?.text).toContain(message);
});

test('a deletion wants the whole name', () => {
  const scene = UiScene.live()
    .withVersions()
    .press('d')
    .answer(uiPlan({ verb: 'delete' }));
  scene.press('y').press('backspace').type('llam').press('enter');
  expect(scene.changes()).toEqual([]);
  expect(scene.type('a').press('enter').changes()).toEqual([{ path: 'replicaSet.remove', input: { name: 'llama' } }]);
});

test.each([
  ['llama', 's', 'replicaSet.stop'],
  ['llama', 'p', 'replicaSet.pause'],
  ['notebook', 's', 'replicaSet.stop'],
  ['notebook', 'p', 'replicaSet.continueSet'],
  ['oldeval', 's', 'replicaSet.start'],
])('on %s the key %s is %s', (name, key, path) => {
  const scene = UiScene.live().press('2', '/').type(name).press('enter', key);
  const asked = scene.lastCall();
  const wanted = scene.state.dialogs.flatMap((it) => (it.kind === 'confirm' ? [it.path] : []))[0] ?? asked.path;
  expect(wanted).toBe(path);
});

test('R takes the selected version', () => {
  const scene = UiScene.live().withVersions().press('enter', 'g', 'R');
  expect(scene.lastCall().input).toEqual({ name: 'llama', verb: 'rollback', version: 1 });
  scene.withPlan().press('y');
  expect(scene.changes()).toEqual([{ path: 'replicaSet.rollback', input: { name: 'llama', version: 1 } }]);
});

test('u asks for the number of GPUs, then shows the plan, then patches', () => {
  const scene = UiScene.live().withVersions().press('u', 'backspace', '1', 'enter');
  expect(scene.lastCall()).toMatchObject({
    path: 'replicaSet.plan',
    input: { verb: 'patch', gpuPatch: { gpuCount: 1 } },
  });
  scene.withPlan().press('y');
  expect(scene.changes()).toEqual([{ path: 'replicaSet.patch', input: { name: 'llama', gpuPatch: { gpuCount: 1 } } }]);
  scene.answer({ containerName: 'llama-6' });
  expect(scene.state.dialogs).toEqual([]);
  expect(scene.state.message?.text).toContain('✓ llama runs');
});

test('a form that the daemon refuses stays, with the reason beside its field', () => {
  const scene = UiScene.live().press('2', 'n').type('llama').press('tab').type('pytorch').press('enter');
  expect(scene.changes()).toEqual([
    { path: 'replicaSet.run', input: { replicaSetName: 'llama', imageName: 'pytorch', gpuCount: 0 } },
  ]);
  scene.refuse('NAME_TAKEN', 'llama exists');
  const [form] = scene.state.dialogs;
  expect(form).toMatchObject({ isBusy: false, at: 0, errors: { replicaSetName: 'llama exists' } });
});

test('a refusal without a form is shown in full', () => {
  const scene = UiScene.live()
    .withVersions()
    .press('s')
    .withPlan()
    .press('y')
    .refuse('ENGINE_DOWN', 'Docker is down', 'Start it.');
  expect(scene.text()).toContain('Docker is down');
  expect(scene.text()).toContain('Start it.');
});

test('nothing is sent while the daemon is away', () => {
  const scene = UiScene.live().withVersions().press('s').withPlan().send({ type: 'lost', reason: 'gone' }).press('y');
  expect(scene.changes()).toEqual([]);
  expect(scene.state.message?.text).toContain('Not connected');
  expect(scene.press('p').state.dialogs).toEqual([]);
});

test('--readonly refuses every action that changes something', () => {
  const scene = UiScene.live({ readonly: true }).withVersions();
  for (const key of ['n', 's', 'p', 'r', 'u', 'v', 'c', 'd', 'M', 'e', 'tab', 'R']) scene.press(key);
  expect([scene.state.dialogs, scene.changes()]).toEqual([[], []]);
  scene.press('a');
  expect(scene.text()).not.toMatch(/^.*│ +(stop|patch|rm|run) /m);
});

test('a click selects, shows views and presses what the footer and dialogs offer', () => {
  const scene = UiScene.live().press('2');
  const click = (what: RegExp): UiScene => {
    const canvas = scene.frame();
    const y = canvas
      .toString()
      .split('\n')
      .findIndex((line) => what.test(line));
    const x = canvas.toString().split('\n')[y]?.search(what) ?? -1;
    const target = canvas.targetAt(x, y);
    if (target === undefined) throw new Error(`nothing to click at ${what}`);
    return scene.send({ type: 'click', target });
  };
  expect(selected(click(/sdxl +v2/), 'sets')).toBe('sdxl');
  click(/\? help/);
  expect(scene.state.dialogs.map(({ kind }) => kind)).toEqual(['help']);
  click(/esc close/);
  expect(scene.state.dialogs).toEqual([]);
  expect(click(/5Ports/).state.view).toBe('ports');
});

test('the wheel moves through the list below it', () => {
  const scene = UiScene.live()
    .press('2')
    .send({ type: 'wheel', lines: 3, target: { type: 'pane', pane: 'sets' } });
  expect(selected(scene, 'sets')).toBe('sdxl');
});

test('y hands the name to the clipboard', () => {
  const scene = UiScene.live().press('2', 'j', 'y');
  expect(scene.commands.at(-1)).toEqual({ type: 'copy', text: 'notebook' });
});

test.each([
  ['q', 'quit'],
  ['C-c', 'quit'],
  ['C-z', 'suspend'],
  ['C-l', 'redraw'],
  ['m', 'mouse'],
])('%s: %s', (key, type) => {
  expect(UiScene.live().press(key).commands.at(-1)?.type).toBe(type);
});

test('a comparison is with the marked version, else with the parent', () => {
  const scene = UiScene.live().withVersions().press('enter', '=');
  expect(scene.state.dialogs[0]).toMatchObject({ kind: 'diff', from: 2, to: 5 });
  scene.press('escape', 'g', 'space', 'G', '=');
  expect(scene.state.dialogs[0]).toMatchObject({ kind: 'diff', from: 1, to: 5 });
});

test('the state is never changed in place', () => {
  const scene = UiScene.live();
  const { state } = scene;
  const before = JSON.stringify(state);
  scene.press('2', 'j', '/', 'x', 'escape', 'a', 'escape', 'n', 'tab');
  scene.send({ type: 'daemon', event: { type: 'set', set: uiSets()[1] ?? fakeSet() } });
  expect(JSON.stringify(state)).toBe(before);
});
