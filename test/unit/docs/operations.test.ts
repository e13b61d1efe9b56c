import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { facesOf } from '../../rig/docs/operations/faces.ts';
import { operationsPage } from '../../rig/docs/operations/page.ts';
import { DOCKER, MAIN, NATIVE, PENDING, ZUN } from '../../rig/docs/operations/specifications.ts';

const SPECIFICATIONS = { MAIN, ZUN, DOCKER, NATIVE };
const all = Object.values(SPECIFICATIONS).flat();

test('docs/operations.md tells what the code says; `npm run -s docs` writes it anew', () => {
  expect(readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')).toBe(operationsPage);
});

test.each([
  ['MAIN', 19],
  ['ZUN', 25],
  ['DOCKER', 24],
  ['NATIVE', 35],
] as const)('%s has its %i operations, each once', (name, count) => {
  const operations = SPECIFICATIONS[name].map(({ operation }) => operation);
  expect(new Set(operations).size).toBe(operations.length);
  expect(operations).toHaveLength(count);
});

test('every endpoint of the main contract is served on its own route', () => {
  for (const { operation, by } of MAIN) expect(by.map((it) => facesOf(it)?.rest)).toEqual([`\`${operation}\``]);
});

test('every example of the main contract stands in its list', () => {
  const folder = new URL('../../golden/contract/', import.meta.url);
  const examples = readdirSync(folder).map((file) => {
    const { method, path } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    return `${method} ${path.replace(':name', '{name}')}`;
  });
  expect(examples.toSorted()).toEqual(MAIN.map(({ operation }) => operation).toSorted());
});

describe.each(all)('$operation', ({ by, note }) => {
  test('is done by what there is, or says why not', () => {
    expect(by.filter((it) => facesOf(it) === undefined && !(it in PENDING))).toEqual([]);
    expect(by.length > 0 || note !== undefined).toBe(true);
  });
});

test('nothing is called pending that is there', () => {
  expect(Object.keys(PENDING).filter((it) => facesOf(it) !== undefined)).toEqual([]);
});

test('keys are found by pressing them', () => {
  expect(facesOf('replicaSet.stop')?.ui).toBe('s');
  expect(facesOf('replicaSet.continueSet')?.ui).toBe('p');
  expect(facesOf('volume.resize')?.ui).toBe('z');
  expect(facesOf('replicaSet.freeze')?.ui).toBe('menu');
});
