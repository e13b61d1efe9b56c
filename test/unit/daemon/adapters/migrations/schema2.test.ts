import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLevelStore } from '../../../../../daemon/adapters/levelStore.ts';
import { schema2 } from '../../../../../daemon/adapters/migrations/schema2.ts';
import { State } from '../../../../../daemon/core/state.ts';
import { LEFT_OPEN } from '../../../../../daemon/core/versionSpec.ts';

const old = new URL('../../../../golden/state/schema1', import.meta.url).pathname;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-schema1-'));
  await cp(old, directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

test('a database of schema 1 is read as it was meant, its versions with everything new left open', async () => {
  const store = await openLevelStore({ directory, createIfMissing: false });
  const state = await State.load(store);
  expect(state.current('train')).toMatchObject({
    version: 2,
    amendments: [],
    spec: {
      imageName: 'busybox:1',
      gpuCount: 1,
      binds: [{ src: 'data', dest: '/data' }],
      env: ['USER=ada'],
      containerPorts: ['22'],
      cmd: ['sleep', '1000'],
      ...LEFT_OPEN,
    },
  });
  expect((await store.versions('train')).map(({ version, spec }) => [version, spec.limits])).toEqual([
    [2, LEFT_OPEN.limits],
    [1, LEFT_OPEN.limits],
  ]);
  expect(state.highWater('train')).toBe(2);
  expect(state.openIntents('train')).toHaveLength(1);
  await store.close();
});

test('rows that are no versions stay as they are', () => {
  const row = { key: 'rs/train', value: { name: 'train', spec: {} } };
  expect(schema2.rewrite(row)).toEqual(row);
});
