import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLevelStore } from '../../../daemon/adapters/levelStore.ts';
import { loadConfig } from '../../../daemon/config.ts';
import { put } from '../../../daemon/core/records.ts';
import { examine } from '../../../daemon/doctor.ts';
import { isHealthy, report } from '../../../daemon/finding.ts';
import { fillState } from '../../rig/stateDirectory.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-doctor-test-'));
});
afterEach(() => rm(directory, { recursive: true }));

const data = (): string => join(directory, 'data');

async function examined() {
  const argv = [
    'doctor',
    '--data',
    data(),
    '--docker-host',
    `unix://${directory}/none.sock`,
    '--socket',
    `${directory}/s`,
  ];
  const invocation = loadConfig({ argv, env: {}, readFile: () => undefined });
  if (!('config' in invocation)) throw new Error('no configuration');
  const findings = await examine(invocation.config, new Date());
  const of = (subject: string) => findings.filter((it) => it.subject === subject);
  return { findings, of, text: report(findings) };
}

test('a sound state is found sound, and nothing of it is changed', async () => {
  await fillState(data(), 200);
  const before = await readdir(join(data(), 'db'));
  const { of } = await examined();
  expect(of('files')).toMatchObject([{ state: 'ok', text: expect.stringContaining('are whole') }]);
  expect(of('chain')).toMatchObject([{ state: 'ok', text: 'unbroken to change 201, which HEAD names' }]);
  expect(of('rows')).toMatchObject([{ state: 'ok' }]);
  expect(of('grants')).toMatchObject([{ state: 'ok', text: '0 GPUs and 0 host ports; 1 replicaSets' }]);
  expect(of('what to do')).toEqual([]);
  expect(await readdir(join(data(), 'db'))).toEqual(before);
});

test('a damaged one is named file by file, with what to do', async () => {
  await fillState(data(), 200);
  const table = (await readdir(join(data(), 'db'))).find((name) => name.endsWith('.ldb')) ?? '';
  await truncate(join(data(), 'db', table), 50);
  const { findings, of, text } = await examined();
  expect(of('files')).toMatchObject([{ state: 'bad', text: expect.stringContaining(`db/${table} is damaged`) }]);
  expect(of('what to do')).toMatchObject([
    { advice: expect.stringMatching(/berthd restore FILE.*berthd doctor --rebuild/) },
  ]);
  expect(text).toMatch(/^BAD {3}what to do/m);
  expect(isHealthy(findings)).toBe(false);
});

test('a lost tail, a lost database and a lost CURRENT are found', async () => {
  await fillState(data(), 50);
  const log = (await readdir(join(data(), 'db'))).find((name) => name.endsWith('.log')) ?? '';
  await truncate(join(data(), 'db', log), 0);
  expect((await examined()).of('chain')).toMatchObject([
    { state: 'bad', text: expect.stringMatching(/it ends at change \d+, HEAD names 51/) },
  ]);
  await rm(join(data(), 'db', 'CURRENT'));
  expect((await examined()).of('files')).toMatchObject([
    { text: expect.stringContaining('db/CURRENT is damaged: it is missing') },
  ]);
  await rm(join(data(), 'db'), { recursive: true });
  expect((await examined()).of('files')).toMatchObject([{ text: expect.stringContaining('the database is gone') }]);
});

test('a HEAD that was put back from earlier is found: the chain goes on beyond it', async () => {
  await fillState(data(), 20);
  const earlier = await readFile(join(data(), 'HEAD'));
  await fillState(data(), 40);
  await writeFile(join(data(), 'HEAD'), earlier);
  expect((await examined()).of('chain')).toMatchObject([
    { state: 'bad', text: expect.stringMatching(/^it ends at change \d+, HEAD names 21$/) },
  ]);
});

test('grants of sets that are not there are bad, operations that were cut off are not', async () => {
  const store = await openLevelStore({ directory: data(), createIfMissing: true });
  const lease = { uuid: 'GPU-a', name: 'ghost', operation: 'x', since: '' };
  await store.write([put('gpuLease', 'GPU-a', lease)]);
  await store.close();
  expect((await examined()).of('grants')).toMatchObject([
    { state: 'bad', text: expect.stringContaining('GPU GPU-a to ghost') },
  ]);
});

test('a daemon that does not answer, an engine that does not, no backup and no directory are said', async () => {
  const { of, findings } = await examined();
  expect(of('data directory')).toMatchObject([{ state: 'note', text: expect.stringContaining('does not exist') }]);
  expect(of('backups')).toMatchObject([{ state: 'note', advice: '`berthd backup` takes one' }]);
  expect(of('Docker')).toMatchObject([{ state: 'bad' }]);
  expect(isHealthy(findings)).toBe(false);
  const store = await openLevelStore({ directory: data(), createIfMissing: true });
  const held = await examined();
  expect(held.of('daemon')).toMatchObject([{ text: `berthd runs with pid ${process.pid}` }]);
  expect(held.of('state')).toMatchObject([{ state: 'bad', text: expect.stringContaining('does not answer') }]);
  await store.close();
});
