/** Files into and out of a set's container, as tar archives that are never held in memory. */
import { z } from 'zod';
import { textCharsMax } from '../limits.ts';
import { onSet, query, transfer } from './define.ts';
import { Nothing, SetName } from './fields.ts';

const ContainerPath = z
  .string()
  .min(1)
  .max(textCharsMax)
  .refine((path) => path.startsWith('/'), 'begin the path in the container with /')
  .refine((path) => !path.includes('\0'), 'a NUL cannot stand in a path')
  .describe('Path in the container');

/** Docker's own header, so that its clients understand the answer. */
export const pathStatHeader = 'X-Docker-Container-Path-Stat';
const archivePath = onSet('archive');

export const PathStat = z
  .object({
    name: z.string(),
    size: z.int(),
    mode: z.int().describe("As Go's FileMode: the bits of the permissions, 2147483648 for a directory"),
    mtime: z.string(),
    linkTarget: z.string(),
  })
  .meta({ id: 'PathStat' });
export type PathStat = z.output<typeof PathStat>;

export const directoryMode = 2 ** 31;

export const statPath = query({
  summary: 'What is at a path in the container: name, size, mode, time and where a link leads. Works on a stopped set.',
  input: z.strictObject({ name: SetName, path: ContainerPath }),
  output: PathStat,
  access: 'view',
  rest: { method: 'HEAD', path: archivePath, header: pathStatHeader },
  cli: { absent: '`berth cp` asks it' },
});

export const getArchive = transfer({
  summary: 'A file or directory of the container as a tar archive. Works on a stopped set.',
  input: z.strictObject({ name: SetName, path: ContainerPath }),
  output: PathStat,
  access: 'operate',
  rest: { method: 'GET', path: archivePath, stream: 'tar', header: pathStatHeader },
  cli: { absent: '`berth cp` copies with it' },
});

export const putArchive = transfer({
  summary: 'Unpacks a tar archive into a directory of the container. Works on a stopped set.',
  input: z.strictObject({
    name: SetName,
    path: ContainerPath,
    noOverwriteDirNonDir: z.boolean().default(false).describe('Refuse to put a file in place of a directory, and back'),
    copyUIDGID: z.boolean().default(false).describe('Give the files to the user of the container'),
  }),
  output: Nothing,
  access: 'operate',
  rest: { method: 'PUT', path: archivePath, takes: 'tar' },
  cli: { absent: '`berth cp` copies with it' },
});

export const exportFiles = transfer({
  summary: "The container's whole file system as a tar archive, without what volumes hold.",
  input: z.strictObject({ name: SetName }),
  output: Nothing,
  access: 'operate',
  rest: { method: 'GET', path: onSet('export'), stream: 'tar' },
  cli: { name: 'export', args: ['name'], examples: ['berth export train > train.tar'] },
});
