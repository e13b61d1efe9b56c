/** Every view and dialog at five sizes, in colour and in ASCII. CI=1 turns a missing golden into a failure. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { scriptedScreens } from '../../../rig/scriptedScreens.ts';
import { roleMap, UiScene } from '../../../rig/uiScene.ts';

beforeAll(() => void vi.stubEnv('TZ', 'UTC'));

const SIZES = [
  [160, 48],
  [120, 40],
  [80, 24],
  [60, 16],
  [40, 10],
] as const;

const SHELL =
  '\u001b[32mroot@llama\u001b[0m:/w# nvidia-smi -L\r\nGPU 0: NVIDIA H200\r\n\u001b[32mroot@llama\u001b[0m:/w# ';
const TOP = '\u001b[7m  PID USER      %CPU COMMAND\u001b[0m\r\n    1 app       96.2 \u001b[1mpython\u001b[0m 模型\r\n';

/** Two sets with a terminal each, one beside the other. */
const terminals = (scene: UiScene): UiScene => {
  scene
    .withVersions()
    .press('e')
    .send({ type: 'terminal', id: 1, status: { state: 'running', execId: 'x1' } });
  scene.press('C-]', scene.state.width < 100 ? '-' : '|');
  scene.screens = scriptedScreens({ 1: SHELL, 2: TOP });
  return scene.send({ type: 'terminal', id: 2, status: { state: 'running', execId: 'x2' } });
};

const log = (scene: UiScene): UiScene => {
  scene
    .withVersions()
    .press('l')
    .send({ type: 'logs', id: 1, news: { news: 'began' } });
  const lines = Array.from({ length: 60 }, (_, at) => {
    const stamp = new Date(Date.UTC(2026, 0, 22, 10, 30, at)).toISOString();
    const text =
      at % 7 === 0
        ? `WARN checkpoint ${at} is ${'very '.repeat(30)}slow`
        : `step ${at} loss ${(9 / (at + 1)).toFixed(3)}`;
    return { stream: at % 7 === 0 ? ('stderr' as const) : ('stdout' as const), text: `${stamp} ${text}\n` };
  });
  return scene.send({ type: 'logs', id: 1, news: { news: 'pieces', pieces: lines } });
};

/** What leads to each scene, from the live UI. */
const SCENES: Readonly<Record<string, (scene: UiScene) => UiScene>> = {
  gpus: (scene) => scene,
  sets: (scene) => scene.withVersions(),
  volumes: (scene) => scene.press('4'),
  ports: (scene) => scene.press('5'),
  operations: (scene) => scene.press('6'),
  noTerminal: (scene) => scene.press('3'),
  terminals,
  terminalPrefix: (scene) => terminals(scene).press('C-]', 'z', 'C-]'),
  terminalEnded: (scene) =>
    terminals(scene).send({ type: 'terminal', id: 2, status: { state: 'ended', exitCode: 137 } }),
  terminalFailed: (scene) =>
    terminals(scene).send({
      type: 'terminal',
      id: 2,
      status: { state: 'failed', reason: 'llama does not run. `berth start llama` starts it.' },
    }),
  terminalScrolled: (scene) => {
    terminals(scene).press('C-]', '[');
    scene.screens = scriptedScreens({ 1: SHELL, 2: TOP }, { 2: 41 });
    return scene;
  },
  terminalList: (scene) => terminals(scene).press('C-]', 'd', 'tab'),
  logs: log,
  logsSearched: (scene) => log(scene).press('s').type('loss').press('enter', 't'),
  logsFiltered: (scene) => log(scene).press('/').type('warn').press('enter', 'k'),
  overview: (scene) => scene.withVersions().press('0', 'tab'),
  filter: (scene) => scene.withVersions().press('/').type('bob'),
  zoomedVersions: (scene) => scene.withVersions().press('enter', 'k', 'space', '+'),
  dockerDown: (scene) =>
    scene.send({
      type: 'daemon',
      event: {
        type: 'engine',
        engine: { state: 'down', version: null, reason: 'connect ENOENT', since: '2026-01-22T10:30:00.000Z' },
      },
    }),
  away: (scene) =>
    scene.send({ type: 'lost', reason: 'berthd went away' }).send({ type: 'tick', now: scene.state.now + 6000 }),
  help: (scene) => scene.press('?'),
  details: (scene) => scene.withVersions().press('i'),
  gpuDetails: (scene) => scene.press('j', 'i'),
  volumeDetails: (scene) => scene.press('4', 'enter'),
  volumeResize: (scene) =>
    scene
      .press('4', 'z')
      .type('1TB')
      .press('enter')
      .withPlan({
        verb: 'volume resize',
        name: 'data',
        currentVersion: 2,
        nextVersion: 3,
        endsProcesses: [],
        changes: ['size 500GB > 1TB'],
        keeps: ['every file', 'llama and sdxl go on'],
        steps: ['grow image', 'grow file system'],
      }),
  volumeForm: (scene) => scene.press('4', 'n'),
  operationDetails: (scene) => scene.press('6', 'enter'),
  diff: (scene) => scene.withVersions().press('enter', 'k', '='),
  confirm: (scene) => scene.withVersions().press('s').withPlan(),
  delete: (scene) =>
    scene
      .withVersions()
      .press('d')
      .withPlan({ verb: 'delete', changes: ['the container and every version are deleted for good'] })
      .type('lla'),
  runForm: (scene) => scene.withVersions().press('n').type('train2').press('tab').type('pytorch:2.9'),
  formFaults: (scene) => scene.withVersions().press('n').type('a-b').press('enter'),
  formRefused: (scene) =>
    scene
      .withVersions()
      .press('n')
      .type('big')
      .press('tab')
      .type('pytorch')
      .press('tab', 'tab')
      .press('backspace')
      .type('9')
      .press('enter')
      .refuse('GPUS_BUSY', '9 GPUs are wanted and 2 are free', '`berth gpus` shows who holds what.'),
  gpuForm: (scene) => scene.withVersions().press('u'),
  bindForm: (scene) => scene.withVersions().press('v'),
  commitForm: (scene) => scene.withVersions().press('c'),
  menu: (scene) => scene.withVersions().press('a').press('down', 'down'),
  failure: (scene) =>
    scene
      .withVersions()
      .press('s')
      .withPlan()
      .press('y')
      .refuse(
        'ENGINE_FAILED',
        'Docker could not stop llama-5: tried to kill container, but did not receive an exit event',
      ),
};

describe.each(SIZES)('at %ix%i', (width, height) => {
  test.each(Object.keys(SCENES))('%s', async (name) => {
    const scene = SCENES[name]?.(UiScene.live({ width, height }));
    const canvas = scene?.frame(width, height);
    if (canvas === undefined) throw new Error(`no scene ${name}`);
    const golden = `${canvas.toString()}\n\n${roleMap(canvas)}\n`;
    await expect(golden).toMatchFileSnapshot(`../../../golden/tui/${width}x${height}/${name}.txt`);
  });

  test.each(Object.keys(SCENES))('%s in ASCII', async (name) => {
    const scene = SCENES[name]?.(UiScene.live({ width, height, glyphs: 'ascii' }));
    const text = scene?.text(width, height) ?? '';
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    await expect(`${text}\n`).toMatchFileSnapshot(`../../../golden/tui/${width}x${height}/${name}.ascii.txt`);
  });
});
