/** docs/operations.md, written from the operations of the specifications and what serves them. */
import { ENTRIES } from '../../../../common/services.ts';
import { table } from '../table.ts';
import { type Faces, facesOf } from './faces.ts';
import { type By, DOCKER, MAIN, type Mapped, NATIVE, PENDING, ZUN } from './specifications.ts';

const HEAD = ['operation', 'REST, below `/api/v1`', 'tRPC', 'command', 'UI', 'remark'] as const;

const NOWHERE: Faces = { rest: '', trpc: '', cli: '', ui: '' };

/** What one face has of all that does an operation. */
const cell = (by: readonly By[], face: keyof Faces): string =>
  by
    .map((it) => (facesOf(it) ?? NOWHERE)[face])
    .filter((text, at, all) => text !== '' && all.indexOf(text) === at)
    .join('<br>');

const rowOf = ({ operation, by, note = '' }: Mapped): readonly string[] => [
  operation,
  cell(by, 'rest'),
  cell(by, 'trpc'),
  cell(by, 'cli'),
  cell(by, 'ui'),
  [note, ...by.map((it) => PENDING[it] ?? '')].filter(Boolean).join('. '),
];

const tableOf = (operations: readonly Mapped[]): string => table(HEAD, operations.map(rowOf));

const named = new Set([...MAIN, ...ZUN, ...DOCKER, ...NATIVE].flatMap(({ by }) => by));
const others: readonly Mapped[] = ENTRIES.filter(({ path }) => !named.has(path)).map(({ path, name }) => ({
  operation: name,
  by: [path],
}));

export const operationsPage = `# Operations

<!-- Written by \`npm run -s docs\` from test/rig/docs/operations/; a test fails when it is stale. -->

What three specifications call an operation, and what does it here: the REST route, the procedure of tRPC on the Unix
socket, the command, and the key of the terminal UI (\`menu\`: its action menu, \`a\`). REST serves the main contract to
the letter; the other two are not served in their own shapes.

## The main contract

The ${MAIN.length} endpoints of the API document of mayooot/gpu-docker-api.

${tableOf(MAIN)}

## OpenStack Zun

The ${ZUN.length} operations of \`/v1/containers\`; \`{c}\` is \`/v1/containers/{container_ident}\`.

${tableOf(ZUN)}

## Docker Remote API v1.21

The ${DOCKER.length} operations on containers.

${tableOf(DOCKER)}

## All verbs

${tableOf(NATIVE)}

## Besides

${tableOf(others)}
`;
