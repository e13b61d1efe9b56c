import { expect, test } from 'vitest';
import { chooseEngine, type EngineFacts, otherDockersIn, SYSTEM_ENGINE } from '../../../rig/demo/chooseEngine.ts';

const OTHER = 'unix:///run/other.sock';
const fresh: EngineFacts = {
  last: undefined,
  asked: undefined,
  silent: new Map([[SYSTEM_ENGINE, 'does not exist']]),
  isRoot: true,
  system: ['debian'],
  otherDockers: [],
};
const answering = (...hosts: readonly string[]): ReadonlyMap<string, undefined> =>
  new Map(hosts.map((it) => [it, undefined]));
const choose = (facts: Partial<EngineFacts>) => chooseEngine({ ...fresh, ...facts });

test('DOCKER_HOST comes before the machine’s own engine', () => {
  expect(choose({ asked: OTHER, silent: answering(OTHER, SYSTEM_ENGINE) })).toEqual({ use: OTHER });
});

test('the machine’s own engine is used when it answers and nobody asked for another', () => {
  expect(choose({ silent: answering(SYSTEM_ENGINE) })).toEqual({ use: SYSTEM_ENGINE });
});

test('the machine’s own engine stands in for a DOCKER_HOST that does not answer', () => {
  const silent = new Map([...answering(SYSTEM_ENGINE), [OTHER, 'nobody listens there'] as const]);
  expect(choose({ asked: OTHER, silent })).toEqual({ use: SYSTEM_ENGINE });
});

test('root on Debian gets a private engine when none answers', () => {
  expect(choose({})).toMatchObject({ startPrivate: true });
});

test.each([
  ['an ordinary user', { isRoot: false }, /sudo apt-get install docker\.io/],
  ['a system without apt', { system: ['fedora'] }, /only on Debian and Ubuntu/],
  ['a machine with another Docker', { otherDockers: ['docker-ce'] }, /docker-ce is installed: start it/],
])('%s is told what to do when no engine answers', (_who, facts, text) => {
  expect(choose(facts)).toEqual({ trouble: expect.stringMatching(text) });
});

test('the private engine of last time is started again, also when another one answers by now', () => {
  const last = { dockerHost: 'unix:///run/private.sock', isPrivate: true };
  expect(choose({ last, silent: answering(SYSTEM_ENGINE) })).toMatchObject({ startPrivate: true });
});

test('state that belongs to one engine is never taken to another', () => {
  const last = { dockerHost: SYSTEM_ENGINE, isPrivate: false };
  expect(choose({ last, asked: OTHER, silent: answering(OTHER, SYSTEM_ENGINE) })).toEqual({
    trouble: expect.stringContaining('belongs to the engine at'),
  });
  expect(choose({ last })).toEqual({ trouble: expect.stringContaining('does not answer') });
});

test('Debian’s own docker.io is no other Docker', () => {
  expect(otherDockersIn(['docker.io', 'docker-ce', 'docker-compose', 'podman-docker', 'moby-engine', 'bash'])).toEqual([
    'docker-ce',
    'podman-docker',
    'moby-engine',
  ]);
});
