import { expect, test, vi } from 'vitest';
import { isAbsent } from '../../../common/contract/define.ts';
import { AppError } from '../../../common/errors.ts';
import { authorize, type Caller, dispatch, ENTRIES, type Entry, type Services } from '../../../common/services.ts';
import { fakeServices } from '../../rig/fakeServices.ts';

const caller = (role: Caller['role']): Caller => ({ actor: 'alice', role, signal: new AbortController().signal });

function entryOf(path: string): Entry {
  const found = ENTRIES.find((entry) => entry.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}

test('every procedure has a face, and what it leaves out says why', () => {
  for (const { path, procedure } of ENTRIES) {
    for (const face of [procedure.rest, procedure.cli]) {
      if (isAbsent(face)) expect(face.absent.length, path).toBeGreaterThan(10);
    }
    expect(isAbsent(procedure.rest) && isAbsent(procedure.cli), path).toBe(false);
    expect(procedure.summary, path).toMatch(/^[A-Z`{].*\.$/);
  }
});

test('no two procedures share a route, nor two a command', () => {
  const routes = ENTRIES.flatMap(({ procedure: { rest } }) => (isAbsent(rest) ? [] : `${rest.method} ${rest.path}`));
  const commands = ENTRIES.flatMap(({ procedure: { cli } }) =>
    isAbsent(cli) ? [] : [cli.name, ...(cli.aliases ?? []).map((alias) => cli.name.replace(/\S+$/, alias))],
  );
  expect(new Set(routes).size).toBe(routes.length);
  expect(new Set(commands).size).toBe(commands.length);
});

test('what changes something, or hands out files, needs more than view', () => {
  for (const { path, procedure } of ENTRIES) {
    expect(procedure.access === 'view', path).toBe(procedure.kind !== 'mutation' && procedure.kind !== 'transfer');
  }
});

test.each([
  ['view', 'view', true],
  ['view', 'operate', false],
  ['view', 'admin', false],
  ['operate', 'view', true],
  ['operate', 'operate', true],
  ['operate', 'admin', false],
  ['admin', 'admin', true],
] as const)('the role %s reaches %s: %s', (role, access, reaches) => {
  const check = () => authorize(access, caller(role));
  if (reaches) expect(check).not.toThrow();
  else expect(check).toThrow(AppError);
});

const withStop = () => {
  const stop = vi.fn(async () => null);
  return { stop, services: fakeServices({ replicaSet: { stop } }) };
};

test('a service gets the parsed input and its caller', async () => {
  const { stop, services } = withStop();
  const asking = caller('operate');
  expect(await dispatch(services, entryOf('replicaSet.stop'), asking, { name: 'train' })).toBeNull();
  expect(stop).toHaveBeenCalledExactlyOnceWith({ name: 'train' }, asking);
});

test('nothing runs for a caller without the role, whose input is not even looked at', () => {
  const { stop, services } = withStop();
  expect(() => dispatch(services, entryOf('replicaSet.stop'), caller('view'), { nonsense: true })).toThrow(
    /needs the role operate/,
  );
  expect(stop).not.toHaveBeenCalled();
});

test('nothing runs with an input that does not fit', () => {
  const { stop, services } = withStop();
  expect(() => dispatch(services, entryOf('replicaSet.stop'), caller('admin'), { name: 5 })).toThrow(AppError);
  expect(stop).not.toHaveBeenCalled();
});

test('a service that the daemon forgot is a defect, not an expected failure', () => {
  const broken = { ...fakeServices(), replicaSet: {} } as unknown as Services;
  const call = () => dispatch(broken, entryOf('replicaSet.stop'), caller('admin'), { name: 'train' });
  expect(call).toThrow('no service for replicaSet.stop');
  expect(call).not.toThrow(AppError);
});

test('a change takes a key, which names its caller and what was asked for', async () => {
  const seen: Caller[] = [];
  const stop = async (_input: unknown, asking: Caller) => {
    seen.push(asking);
    return null;
  };
  const services = fakeServices({ replicaSet: { stop, pause: stop } });
  const ask = (path: string, input: object) => dispatch(services, entryOf(path), caller('operate'), input);
  await ask('replicaSet.stop', { name: 'train', idempotencyKey: 'k1' });
  await ask('replicaSet.stop', { idempotencyKey: 'k1', name: 'train' });
  await ask('replicaSet.stop', { name: 'probe', idempotencyKey: 'k1' });
  await ask('replicaSet.pause', { name: 'train', idempotencyKey: 'k1' });
  const [first, same, ...others] = seen.map(({ idempotency }) => idempotency);
  expect(first).toEqual({ key: 'alice/k1', hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(same).toEqual(first);
  expect(new Set([first, ...others].map((it) => it?.hash)).size).toBe(3);
});

test('a read takes no key', () => {
  const call = () => dispatch(fakeServices(), entryOf('replicaSet.list'), caller('view'), { idempotencyKey: 'k1' });
  expect(call).toThrow('unknown field "idempotencyKey"');
});
