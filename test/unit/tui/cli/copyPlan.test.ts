import { describe, expect, test } from 'vitest';
import { directionOf, type Place, planInto, planOut, renamed } from '../../../../tui/cli/copyPlan.ts';

test.each([
  ['train:/data', '.', { kind: 'out', set: 'train', path: '/data', local: '.' }],
  ['train:/data', '-', { kind: 'out', set: 'train', path: '/data', local: '-' }],
  ['model.pt', 'train:/data/', { kind: 'in', set: 'train', path: '/data/', local: 'model.pt' }],
  ['./odd:name', 'train:/', { kind: 'in', set: 'train', path: '/', local: './odd:name' }],
])('%s %s', (source, target, direction) => {
  expect(directionOf(source, target)).toEqual(direction);
});

test.each([
  ['a', 'b', 'one of the two must be NAME:PATH'],
  ['a:/x', 'b:/y', 'one of the two must be here'],
  ['a:data', '.', 'begin the path in the container with /: a:/data'],
])('%s %s is refused', (source, target, message) => {
  expect(() => directionOf(source, target)).toThrow(message);
});

describe('out', () => {
  const out = (path: string, isDirectory: boolean, given: string, place: Place) => {
    const name =
      path === '/'
        ? '/'
        : (path
            .replace(/\/\.?$/, '')
            .split('/')
            .at(-1) ?? '');
    return planOut({ name, isDirectory, path }, `/here/${given.replace(/\/$/, '')}`, place, given);
  };
  test.each([
    ['/data', true, 'into', 'directory', { folder: '/here/into', from: 'data', to: 'data' }],
    ['/data/.', true, 'into', 'directory', { folder: '/here/into', from: 'data', to: '' }],
    ['/data', true, 'new', 'nothing', { folder: '/here', from: 'data', to: 'new' }],
    ['/f.txt', false, 'g.txt', 'file', { folder: '/here', from: 'f.txt', to: 'g.txt' }],
    ['/', true, 'into', 'directory', { folder: '/here/into', from: '', to: '' }],
  ] as const)('%s (directory: %s) to %s, a %s', (path, isDirectory, given, place, plan) => {
    expect(out(path, isDirectory, given, place)).toEqual(plan);
  });
  test('a directory takes no file’s place, and nothing is made on the way', () => {
    expect(() => out('/data', true, 'f', 'file')).toThrow('is a file');
    expect(() => out('/data', true, 'no/such', 'nowhere')).toThrow('there is no directory /here/no');
    expect(() => out('/f', false, 'new/', 'nothing')).toThrow('there is no directory new/');
  });
});

describe('in', () => {
  const into = (given: string, isDirectory: boolean, path: string, place: Place) =>
    planInto({ source: '/here/data', isDirectory, given }, path, place);
  test.each([
    ['data', true, '/srv', 'directory', { folder: '/srv', to: 'data' }],
    ['data/.', true, '/srv', 'directory', { folder: '/srv', to: '' }],
    ['data', true, '/srv/new', 'nothing', { folder: '/srv', to: 'new' }],
    ['data', false, '/srv/old', 'file', { folder: '/srv', to: 'old' }],
  ] as const)('%s (directory: %s) to %s, a %s', (given, isDirectory, path, place, plan) => {
    expect(into(given, isDirectory, path, place)).toEqual({ cwd: '/here', entry: 'data', from: 'data', ...plan });
  });
  test('a directory takes no file’s place, and nothing is made on the way', () => {
    expect(() => into('data', true, '/f', 'file')).toThrow('is a file');
    expect(() => into('data', true, '/new/', 'nothing')).toThrow('there is no directory /new/');
  });
});

test.each([
  ['data/a/b', { from: 'data', to: 'new' }, 'new/a/b'],
  ['data', { from: 'data', to: 'new' }, 'new'],
  ['data/', { from: 'data', to: 'new' }, 'new'],
  ['data/a', { from: 'data', to: '' }, 'a'],
  ['data', { from: 'data', to: '' }, '.'],
  ['database', { from: 'data', to: 'new' }, 'new/database'],
  ['etc/x', { from: '', to: 'root' }, 'root/etc/x'],
])('%s with %o is %s', (path, renaming, result) => {
  expect(renamed(path, renaming)).toBe(result);
});
