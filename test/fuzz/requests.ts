/** Requests for the routes of the document, some of them spoiled in one place. */
import fc from 'fast-check';
import { isAbsent } from '../../common/contract/define.ts';
import { ENTRIES } from '../../common/services.ts';
import type { Draft, Request } from './draft.ts';
import { type Spoil, spoil, spoiled } from './spoil.ts';
import { ROUTES, type Route, routeOf } from './surface.ts';
import { fitting, oneIn } from './values.ts';
import { IMAGES } from './words.ts';

/** What makes something comes more often, so that there is something for the others to find. */
const WEIGHTS: Readonly<Record<string, number>> = {
  'replicaSet.run': 24,
  'replicaSet.patch': 5,
  'replicaSet.rollback': 4,
  'volume.create': 8,
  'volume.resize': 5,
  'volume.plan': 3,
  'exec.create': 4,
};

const keyed = new Set(
  ENTRIES.filter(({ procedure }) => procedure.kind === 'mutation' && !isAbsent(procedure.rest)).map(({ path }) => path),
);

function draftOf(route: Route): fc.Arbitrary<Draft> {
  const [group = ''] = route.operation.split('.');
  const parameters = Object.fromEntries(
    route.parameters
      .filter(({ in: where }) => where !== 'header')
      .map(({ name, required, schema }) => {
        const value = fitting(schema, { group, field: name });
        return [name, required ? value : oneIn(2, value)];
      }),
  );
  return fc.record({
    operation: fc.constant(route.operation),
    role: fc.constantFrom<Draft['role'][]>('admin', ...Array<'admin'>(30).fill('admin'), 'operate', 'view', 'none'),
    parameters: fc.record(parameters),
    body: route.body === undefined ? fc.constant(undefined) : fitting(route.body, { group, field: '' }),
    key: keyed.has(route.operation) ? oneIn(12, fc.constantFrom('k1', 'k2')) : absent,
  });
}

const plain = (operation: string, path: string, body: object): Request => ({
  method: routeOf(operation)?.method ?? '',
  path: `/api/v1${path}`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  operation,
  role: 'admin',
});

const [image] = IMAGES;
const run = plain('replicaSet.run', '/replicaSet', { replicaSetName: 'a', imageName: image, gpuCount: 1 });
const patch = plain('replicaSet.patch', '/replicaSet/a', { addPorts: ['22'] });
const volume = plain('volume.create', '/volumes', { name: 'data', size: '20MB' });
const bound = plain('replicaSet.run', '/replicaSet', {
  replicaSetName: 'a',
  imageName: image,
  binds: [{ src: 'data', dest: '/data' }],
});
const session = plain('exec.create', '/replicaSet/a/exec', { cmd: ['sleep', '1000'], tty: true });

/** What may be there before anything odd is asked. */
export const opening: fc.Arbitrary<readonly Request[]> = fc.constantFrom(
  [],
  [run],
  [run, patch],
  [run, session],
  [volume],
  [volume, bound],
);

const absent = fc.constant(undefined);

export const request: fc.Arbitrary<Request> = fc
  .tuple(
    fc.oneof(...ROUTES.map((route) => ({ arbitrary: draftOf(route), weight: WEIGHTS[route.operation] ?? 1 }))),
    oneIn(3, spoil),
  )
  .map(([draft, damage]: [Draft, Spoil | undefined]) => spoiled(draft, damage));
