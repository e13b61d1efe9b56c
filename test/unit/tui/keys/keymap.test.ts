import { expect, test } from 'vitest';
import { actionFor, DEFAULT_KEYMAP, footerOf, helpOf, KeymapError, withKeys } from '../../../../tui/keys/keymap.ts';
import { PANES } from '../../../../tui/state/names.ts';

test('the table itself has no key for two actions in one pane', () => {
  expect(() => withKeys(DEFAULT_KEYMAP, {})).not.toThrow();
});

test.each([
  ['sets', 's', 'set.stop'],
  ['versions', 's', 'set.stop'],
  ['gpus', 's', undefined],
  ['sets', 'n', 'set.new'],
  ['volumes', 'n', 'volume.new'],
  ['gpus', 'enter', 'owner'],
  ['operations', 'enter', 'operation.details'],
  ['ports', 'C-c', 'quit'],
  ['exec', 'q', 'quit'],
  ['raw', 'q', undefined],
  ['raw', 'C-c', undefined],
  ['raw', 'C-]', 'terminal.prefix'],
  ['prefix', 'd', 'terminal.leave'],
  ['prefix', '2', 'view.sets'],
  ['prefix', 'q', undefined],
  ['scroll', 'q', 'terminal.leaveScroll'],
] as const)('in %s the key %s means %s', (pane, key, action) => {
  expect(actionFor(DEFAULT_KEYMAP, pane, key)).toBe(action);
});

test('another key takes the place of the old one', () => {
  const keymap = withKeys(DEFAULT_KEYMAP, { 'set.stop': ['S'] });
  expect([actionFor(keymap, 'sets', 'S'), actionFor(keymap, 'sets', 's')]).toEqual(['set.stop', undefined]);
});

test('a clash is refused, naming both actions and the key', () => {
  expect(() => withKeys(DEFAULT_KEYMAP, { 'set.stop': ['r'] })).toThrow(
    new KeymapError('the key "r" is bound to both set.stop and set.restart'),
  );
  expect(() => withKeys(DEFAULT_KEYMAP, { 'volume.new': ['q'] })).toThrow('both quit and volume.new');
});

test('a key after the prefix may mean something else elsewhere, but nothing else after it', () => {
  expect(() => withKeys(DEFAULT_KEYMAP, { 'terminal.leave': ['s'] })).not.toThrow();
  expect(() => withKeys(DEFAULT_KEYMAP, { 'terminal.leave': ['2'] })).toThrow('both view.sets and terminal.leave');
});

test('the same key in panes that never meet is no clash', () => {
  expect(() => withKeys(DEFAULT_KEYMAP, { 'volume.resize': ['s'] })).not.toThrow();
});

test('an unknown action is refused by name', () => {
  expect(() => withKeys(DEFAULT_KEYMAP, { 'set.explode': ['X'] })).toThrow('there is no action "set.explode"');
});

test('help tells every key once; --readonly hides what changes something', () => {
  const all = helpOf(DEFAULT_KEYMAP, false).flatMap(({ bindings }) => bindings);
  expect(all).toHaveLength(DEFAULT_KEYMAP.length);
  const shown = helpOf(DEFAULT_KEYMAP, true).flatMap(({ bindings }) => bindings);
  expect(shown.filter(({ changes }) => changes === true)).toEqual([]);
  expect(shown.map(({ action }) => action)).toContain('set.logs');
});

test.each(PANES)('the footer of %s begins with help and quit', (pane) => {
  expect(
    footerOf(DEFAULT_KEYMAP, pane, false)
      .slice(0, 2)
      .map(({ action }) => action),
  ).toEqual(['help', 'quit']);
});
