/** The day of one replicaSet on the command line: the program `berth`, a real daemon, a real engine with stub GPUs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBerth } from '../rig/berthProgram.ts';
import { Daemon } from '../rig/daemon.ts';
import { IMAGE, testEngine } from '../rig/testEngine.ts';

let daemon: Daemon;
beforeAll(async () => {
  daemon = await Daemon.start({ ...testEngine() });
});
afterAll(() => daemon.dispose());

/** What it printed; fails with what it said when it ended with another code. */
async function berth(line: string, code = 0): Promise<string> {
  const done = await daemon.berth(...line.split(' '));
  if (done.code !== code) throw new Error(`berth ${line} ended with ${done.code}: ${done.stdout}${done.stderr}`);
  return code === 0 ? done.stdout : done.stderr;
}

test('run says with which GPUs and ports it runs', async () => {
  const out = await berth(`run train ${IMAGE} --gpus 2 --port 22 --port 6006`);
  expect(out).toMatch(/^train runs as version 1 \(container train-1\)\n {2}GPUs {3}\d, \d\n {2}ports {2}\d+ > 22\/tcp/);
});

test('files written inside are there after a patch, on the same ports', async () => {
  const before = await berth('info train');
  const written = await runBerth(['exec', '-i', 'train', 'sh', '-c', 'cat > /model'], daemon.socket, 'weights');
  expect(written).toEqual({ code: 0, out: '', err: '' });
  expect(await berth('patch train --gpus 3 --dry-run')).toMatch(/ends .*\n[\s\S]*changes .*2 > 3/);
  expect(await berth('patch train --gpus 3 -y')).toContain('train runs as version 2');
  expect(await berth('exec train cat /model')).toBe('weights');
  expect(portsIn(await berth('info train'))).toEqual(portsIn(before));
});

const portsIn = (info: string): readonly string[] => info.match(/\d+ > \d+\/tcp/g) ?? [];

test('a rollback brings a deleted file back, and the history draws where it came from', async () => {
  await berth('exec train rm /model');
  await berth('patch train --gpus 1 -y');
  await berth('rollback train 1 -y');
  expect(await berth('exec train cat /model')).toBe('weights');
  const tree = (await berth('history train')).split('\n').map((line) => line.slice(0, 8).trimEnd());
  expect(tree).toEqual(['VERSION', '○ v1', '├─○ v2', '│ ○ v3', '└─● v4']);
});

test('what ends a process is refused without somebody to ask, and nothing has changed', async () => {
  expect(await berth('stop train', 2)).toContain('Pass -y');
  expect(await berth('ls')).toMatch(/train .*running/);
});

test('continue is refused while another set holds the GPUs; restart takes what there is', async () => {
  await berth('stop train -y');
  await berth(`run greedy ${IMAGE} --gpus 8`);
  expect(await berth('continue train', 1)).toMatch(/greedy[\s\S]*restart/);
  await berth('rm greedy -y');
  expect(await berth('restart train -y')).toContain('train runs as version 5');
});

test('after rm every GPU and port is free', async () => {
  expect(await berth('rm train -y')).toBe('train is deleted, with its history.');
  expect(await berth('gpus')).toMatch(/8 GPUs.*: 8 free/);
  expect(JSON.parse(await berth('ports --json'))).toMatchObject({ ports: [] });
});

test('steps are told while they are taken, for those who want them', async () => {
  const { stderr } = await daemon.berth('run', 'told', IMAGE, '--verbose');
  expect(stderr).toMatch(/^run told: check .*\nrun told: create container .*\nrun told: start container/);
  await berth('rm told -y -q');
});
