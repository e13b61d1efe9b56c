import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../../../../tui/cli/input.ts';
import { actionFor, DEFAULT_KEYMAP } from '../../../../tui/keys/keymap.ts';
import { loadSettings, parseSettings, settingsPath } from '../../../../tui/settings/settings.ts';
import { DEFAULT_THEME } from '../../../../tui/term/theme.ts';

test('without a file everything is as it comes', () => {
  const env = { XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'berth-settings-')) };
  expect(loadSettings(env)).toEqual({ mouse: true, ascii: false, keymap: DEFAULT_KEYMAP, theme: DEFAULT_THEME });
});

test('the file lies in the configuration folder', () => {
  const home = mkdtempSync(join(tmpdir(), 'berth-settings-'));
  mkdirSync(join(home, 'berth'));
  writeFileSync(
    join(home, 'berth', 'tui.toml'),
    'mouse = false\n[keys]\n"set.stop" = "S"\nquit = ["Q", "C-c"]\n[theme]\nok = "blue"',
  );
  const settings = loadSettings({ XDG_CONFIG_HOME: home });
  expect(settings.mouse).toBe(false);
  expect(settings.theme.ok).toEqual({ colour: 4 });
  expect(settings.theme.bad).toEqual(DEFAULT_THEME.bad);
  expect(['S', 'Q', 's', 'q'].map((key) => actionFor(settings.keymap, 'sets', key))).toEqual([
    'set.stop',
    'quit',
    undefined,
    undefined,
  ]);
});

test('without XDG_CONFIG_HOME it is the usual folder', () => {
  expect(settingsPath({})).toMatch(/\/\.config\/berth\/tui\.toml$/);
});

test.each([
  ['no TOML', '= 3', /tui\.toml: /],
  ['an unknown setting', 'colour = "red"', /tui\.toml: .*"colour"/],
  ['an unknown role', '[theme]\nfancy = "red"', /tui\.toml: .*fancy/],
  ['an unknown look', '[theme]\nok = "mauve"', /theme\.ok: "mauve" is no look/],
  ['an unknown action', '[keys]\nexplode = "X"', /there is no action "explode"/],
  ['one key for two actions', '[keys]\n"set.stop" = "r"', /"r" is bound to both set\.stop and set\.restart/],
])('%s is refused with the name of the file', (_what, text, message) => {
  expect(() => parseSettings(text, 'tui.toml')).toThrow(UsageError);
  expect(() => parseSettings(text, 'tui.toml')).toThrow(message);
});
