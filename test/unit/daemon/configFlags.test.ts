import { expect, test } from 'vitest';
import { loadConfig } from '../../../daemon/config.ts';
import { StartError } from '../../../daemon/core/startError.ts';

const load = (...argv: string[]) => loadConfig({ argv, env: {}, readFile: () => undefined });

function refusalOf(...argv: string[]): string {
  try {
    load(...argv);
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return (error as StartError).message;
  }
  throw new Error('it was taken');
}

test.each([
  [['serve', 'x.backup'], /too many arguments: x.backup/],
  [['doctor', '--force'], /--force belongs to `berthd restore`/],
  [['restore', 'x', '--rebuild'], /--rebuild belongs to `berthd doctor`/],
  [['backup', '--instance', 'x'], /--instance belongs to `berthd doctor`/],
])('%j is refused: that belongs to another command', (argv, message) => {
  expect(() => load(...argv)).toThrow(message);
});

test('what a command takes reaches it', () => {
  expect(load('restore', 'x.backup', '--force')).toMatchObject({
    command: 'restore',
    options: { file: 'x.backup', force: true, rebuild: false },
  });
  expect(load('doctor', '--rebuild', '--instance', 'I')).toMatchObject({ options: { rebuild: true, instance: 'I' } });
  expect(load('backup')).toMatchObject({ options: { file: undefined } });
});

test('an unknown flag, an unknown command and a flag without its value are refused by name', () => {
  expect(refusalOf('--port-rang', '1-2')).toMatch(/'--port-rang'.*--port-range/s);
  expect(refusalOf('server')).toMatch(/'server'.*serve, check-config, backup, restore, doctor, version/);
  expect(refusalOf('--gpus')).toContain('--gpus');
  expect(refusalOf('serve', 'more')).toContain('too many arguments');
});
