import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../daemon/config.ts';
import { settingsOf } from '../../../daemon/configSettings.ts';

const example = readFileSync(new URL('../../../systemd/berth.toml', import.meta.url), 'utf8');
/** The example with every setting and table brought to life. */
const alive = example.replaceAll(/^# (?=\w+ = |\[)/gm, '');

const load = (file: string) => {
  const invocation = loadConfig({ argv: [], env: {}, readFile: () => file, memoryBytes: 2 ** 36 });
  if (invocation.command !== 'serve') throw new Error(`it asks for ${invocation.command}`);
  return invocation;
};

test('the example shows the value that holds without it, for every setting', () => {
  expect(load(alive).config).toEqual(load('').config);
});

test('the example leaves no setting out', () => {
  expect(Object.keys(load(alive).origins).toSorted()).toEqual(Object.keys(settingsOf(2 ** 36)).toSorted());
  expect(new Set(Object.values(load(alive).origins))).toEqual(new Set(['/etc/berth/berth.toml']));
});

test('the example as it is installed sets nothing', () => {
  expect(new Set(Object.values(load(example).origins))).toEqual(new Set(['default']));
});
