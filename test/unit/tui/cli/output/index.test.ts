import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { contract } from '../../../../../common/contract/index.ts';
import { gpuTable } from '../../../../../tui/cli/output/gpus.ts';
import { historyTree } from '../../../../../tui/cli/output/history.ts';
import { rendererOf } from '../../../../../tui/cli/output/index.ts';
import { plainPaint } from '../../../../../tui/cli/output/paint.ts';
import { planText } from '../../../../../tui/cli/output/plan.ts';
import { portTable } from '../../../../../tui/cli/output/ports.ts';
import { setDetails, setTable } from '../../../../../tui/cli/output/sets.ts';
import { strayTable } from '../../../../../tui/cli/output/strays.ts';
import { versionText } from '../../../../../tui/cli/output/version.ts';
import type { View } from '../../../../../tui/cli/output/view.ts';
import { fakeEngine, fakeServices } from '../../../../rig/fakeServices.ts';
import { gpus, plan, ports, sets, versions } from './samples.ts';

const GOLDEN = '../../../../golden/cli';
const now = new Date('2026-01-22T10:36:04.000Z');
const view = (width: number): View => ({ width, now, paint: plainPaint });

beforeAll(() => vi.stubEnv('TZ', 'UTC'));
afterAll(() => vi.unstubAllEnvs());

const tables: readonly (readonly [string, (view: View) => string])[] = [
  ['ls', (it) => setTable(sets, it)],
  ['history', (it) => historyTree(versions, it)],
  ['gpus', (it) => gpuTable({ gpus, source: 'nvidia-smi', notice: null }, it)],
  ['ports', (it) => portTable({ start: 40_000, end: 65_535, free: 25_534, ports }, it)],
];

describe.each(tables)('the table of berth %s', (name, render) => {
  test.each([80, 120])('fits a terminal of %i columns', async (width) => {
    const text = render(view(width));
    const table = text.split('\n\n')[0] ?? '';
    for (const line of table.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
    await expect(`${text}\n`).toMatchFileSnapshot(`${GOLDEN}/${name}-${width}.txt`);
  });

  test('is cut nowhere in a pipe', () => {
    expect(render(view(Number.POSITIVE_INFINITY))).not.toContain('…\n');
  });

  test('holds nothing that a terminal would obey', () => {
    expect(render(view(80)).replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });
});

const texts: readonly (readonly [string, () => string])[] = [
  ['info-running', () => setDetails(sets[0] ?? missing(), view(80))],
  ['info-exited', () => setDetails(sets[5] ?? missing(), view(80))],
  ['info-stopped', () => setDetails(sets[3] ?? missing(), view(80))],
  ['plan-patch', () => planText(plan, view(80))],
  ['plan-delete', () => planText({ ...plan, verb: 'delete', nextVersion: null, keeps: [] }, view(80))],
  ['plan-stop', () => planText({ ...plan, verb: 'stop', nextVersion: null, steps: [] }, view(80))],
];

function missing(): never {
  throw new Error('there is no such sample');
}

test.each(texts)('the text of %s reads as it should', async (name, render) => {
  const text = render();
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
  await expect(`${text}\n`).toMatchFileSnapshot(`${GOLDEN}/${name}.txt`);
});

test('a daemon without Docker says since when and why', async () => {
  const daemon = await fakeServices().system.version(
    {},
    { actor: 'a', role: 'view', signal: new AbortController().signal },
  );
  const engine = { ...fakeEngine(), state: 'down', version: null, reason: 'connection refused' } as const;
  expect(versionText({ ...daemon, engine }, view(80))).toContain('unknown version, down for 3 h: connection refused');
});

test('strays are told with why, and that there are none', () => {
  const why = 'is of another installation of Berth, "01J"; left alone';
  expect(strayTable([{ kind: 'container', name: 'odd', why }], view(80))).toBe(
    `KIND       NAME  WHY\ncontainer  odd   ${why}`,
  );
  expect(strayTable([], view(80))).toContain('No strays');
});

test('a GPU source that is in trouble says so above the table', () => {
  const text = gpuTable({ gpus, source: 'nvidia-smi', notice: 'nvidia-smi hangs since 09:12' }, view(80));
  expect(text.startsWith('nvidia-smi hangs since 09:12\n')).toBe(true);
});

test('empty lists say what would fill them', () => {
  expect(setTable([], view(80))).toContain('`berth run NAME IMAGE`');
  expect(gpuTable({ gpus: [], source: 'none', notice: null }, view(80))).toBe('No GPUs (source: none).');
});

test.each([
  [contract.replicaSet.stop, null, '`berth start train`'],
  [contract.replicaSet.pause, null, '`berth continue train`'],
  [contract.replicaSet.remove, null, 'train is deleted'],
  [contract.replicaSet.commit, { imageName: 'team/train:v1' }, 'team/train:v1'],
  [contract.replicaSet.start, { containerName: 'train-3', newVersion: true, action: 'restarted' }, 'recreated'],
  [contract.replicaSet.patch, { containerName: 'train-3' }, 'train runs'],
])('what came of a change is a sentence', (procedure, output, text) => {
  const render = rendererOf(procedure);
  const answer = { output: output as never, name: 'train', reason: null, set: undefined, client: '1' };
  expect(render?.(answer, view(80))).toContain(text);
});
