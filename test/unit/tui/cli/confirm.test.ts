import { expect, test } from 'vitest';
import { PlanView, Verb } from '../../../../common/contract/views.ts';
import { COMMANDS } from '../../../../tui/cli/commands.ts';
import { planVerb } from '../../../../tui/cli/confirm.ts';
import { berth, FakeTerminal } from '../../../rig/fakeTerminal.ts';
import { openSocketFace, type SocketFace } from '../../../rig/socketFace.ts';

interface Asked {
  readonly face: SocketFace;
  /** What was done, and what was planned. */
  readonly done: string[];
  readonly plans: unknown[];
}

/** A daemon whose plans end these processes. */
async function daemon(endsProcesses: PlanView['endsProcesses']): Promise<Asked> {
  const done: string[] = [];
  const plans: unknown[] = [];
  const note = (what: string) => async () => {
    done.push(what);
    return null;
  };
  const patched = async () => {
    done.push('patch');
    return { containerName: 'train-3' };
  };
  const face = await openSocketFace({
    services: {
      replicaSet: {
        stop: note('stop'),
        remove: note('rm'),
        patch: patched,
        plan: async (input) => {
          plans.push(input);
          const { name, verb } = input;
          return { verb, name, currentVersion: 2, nextVersion: 3, endsProcesses, changes: ['x'], keeps: [], steps: [] };
        },
      },
    },
  });
  return { face, done, plans };
}

const training = [{ command: 'python train.py', pid: 4711, elapsedMs: 273_600_000 }];

async function answer(words: readonly string[], typed: string, ends = training) {
  const { face, done, plans } = await daemon(ends);
  const terminal = new FakeTerminal({ tty: true });
  terminal.stdin.end(typed);
  try {
    return { ...(await berth(words, face.path, terminal)), done, plans };
  } finally {
    await face.close();
  }
}

test('what would end a process is shown and asked about', async () => {
  const { code, err, done } = await answer(['stop', 'train'], 'y\n');
  expect(err).toContain('python train.py (pid 4711, running for 3 d 4 h)');
  expect(err).toContain('Go on? [y/N]');
  expect({ code, done }).toEqual({ code: 0, done: ['stop'] });
});

test.each(['n\n', '\n', 'yess\n', ''])('the answer %j leaves everything as it is', async (typed) => {
  const { code, err, done } = await answer(['stop', 'train'], typed);
  expect({ code, done }).toEqual({ code: 1, done: [] });
  expect(err).toContain('Nothing was changed.');
});

test.each(['Y\n', 'yes\n', ' y \n'])('the answer %j is a yes', async (typed) => {
  expect((await answer(['stop', 'train'], typed)).done).toEqual(['stop']);
});

test('a deletion wants the name, not a yes', async () => {
  expect(await answer(['rm', 'train'], 'y\n')).toMatchObject({ code: 1, done: [] });
  expect(await answer(['rm', 'train'], 'Train\n')).toMatchObject({ code: 1, done: [] });
  expect(await answer(['rm', 'train'], 'train\n')).toMatchObject({ code: 0, done: ['rm'] });
});

test('where nothing ends nobody is asked, but for a deletion', async () => {
  const stopped = await answer(['stop', 'train'], '', []);
  expect(stopped).toMatchObject({ code: 0, done: ['stop'] });
  expect(stopped.err).not.toContain('Go on?');
  expect(await answer(['rm', 'train'], '', [])).toMatchObject({ code: 1, done: [] });
});

test('-y neither plans nor asks', async () => {
  expect(await answer(['rm', 'train', '-y'], '')).toMatchObject({ code: 0, done: ['rm'], plans: [] });
});

test('without a terminal what ends processes is refused, and says how to insist', async () => {
  const { face, done } = await daemon(training);
  const { code, err } = await berth(['stop', 'train'], face.path);
  await face.close();
  expect({ code, done }).toEqual({ code: 2, done: [] });
  expect(err).toContain('stop train would end python train.py (pid 4711), and nobody can be asked here');
  expect(err).toContain('Pass -y');
});

test('without a terminal what ends nothing goes through, but for a deletion', async () => {
  const { face, done } = await daemon([]);
  expect((await berth(['stop', 'train'], face.path)).code).toBe(0);
  expect((await berth(['rm', 'train'], face.path)).code).toBe(2);
  await face.close();
  expect(done).toEqual(['stop']);
});

test('--dry-run shows the plan with the verb’s own input and changes nothing, in a pipe too', async () => {
  const { face, done, plans } = await daemon(training);
  const words = ['patch', 'train', '--gpus', '3', '--dry-run'];
  const shown = await berth(words, face.path);
  const json = await berth([...words, '--json', '-y'], face.path);
  await face.close();
  expect(shown).toMatchObject({ code: 0, err: '' });
  expect(shown.out).toContain('python train.py');
  expect(PlanView.parse(JSON.parse(json.out)).verb).toBe('patch');
  expect(done).toEqual([]);
  expect(plans[0]).toMatchObject({ name: 'train', verb: 'patch', gpuPatch: { gpuCount: 3 } });
});

test('every command that asks has a plan to ask with', () => {
  const asking = COMMANDS.filter(({ cli }) => cli.confirm !== undefined);
  expect(asking.length).toBeGreaterThan(0);
  for (const spec of asking) expect(Verb.options).toContain(planVerb(spec));
});
