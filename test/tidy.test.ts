import { describe, expect, test } from 'vitest';
import { everyFileReached, noCircles } from './rig/tidy/imports.ts';
import { coreIsPure, importDirection, oneImporterEach } from './rig/tidy/layers.ts';
import { commentsNameRealFiles, documentsNameRealFiles } from './rig/tidy/references.ts';
import { everySourceHasHeader, filesAreNamedForTheirJob, filesAreShort, functionsAreShort } from './rig/tidy/shape.ts';
import { type Rule, readTree } from './rig/tidy/tree.ts';
import {
  everySkipHasReason,
  noMachineOfOurs,
  noSilencedChecks,
  noUnfinishedWork,
  productKnowsNoTests,
  testsMirrorSources,
} from './rig/tidy/words.ts';

const project = readTree(new URL('..', import.meta.url).pathname);
const lines = (count: number): string => 'x;\n'.repeat(count);

/** Each rule with the smallest trees that break it. */
const rules: readonly (readonly [sentence: string, rule: Rule, ...broken: readonly Record<string, string>[]])[] = [
  [
    'imports point from the outside to the core, and main.ts alone wires',
    importDirection,
    { 'common/a.ts': "import { b } from '../daemon/core/b.ts';" },
    { 'daemon/core/a.ts': "import type { B } from '../adapters/b.ts';" },
    { 'daemon/facades/a.ts': "export * from '../adapters/b.ts';" },
    { 'daemon/adapters/a.ts': "const b = await import('../facades/b.ts');" },
    { 'tui/a.ts': "import {\n  b,\n  c,\n} from '../daemon/core/b.ts';" },
    { 'daemon/config.ts': "import './main.ts';" },
  ],
  [
    'the product does not import its tests',
    productKnowsNoTests,
    { 'tui/a.ts': "import { b } from '../test/rig/b.ts';" },
  ],
  [
    'the core has no I/O library, no clock and no chance of its own',
    coreIsPure,
    { 'daemon/core/a.ts': "import { readFile } from 'node:fs/promises';" },
    { 'daemon/core/a.ts': "import Docker from 'dockerode';" },
    { 'daemon/core/a.ts': 'const at = Date.now();' },
    { 'daemon/core/a.ts': 'const at = new Date().toISOString();' },
    { 'daemon/core/a.ts': 'const home = process.env.HOME;' },
  ],
  [
    'each outside library is imported by one file',
    oneImporterEach,
    {
      'daemon/adapters/a.ts': "import { Level } from 'level';",
      'daemon/adapters/b.ts': "import type { Level } from 'level';",
    },
  ],
  [
    'no file imports itself through others',
    noCircles,
    { 'tui/a.ts': "import './b.ts';", 'tui/b.ts': "import './c.ts';", 'tui/c.ts': "import { a } from './a.ts';" },
  ],
  [
    'every file is reached from a program, a command or a test',
    everyFileReached,
    { 'daemon/main.ts': '', 'daemon/core/a.ts': '' },
    { 'daemon/core/a.ts': '', 'test/unit/daemon/core/a.test.ts': "import '../../../../daemon/core/a.ts';" },
    { 'test/rig/a.ts': '' },
  ],
  [
    'every source opens with its job',
    everySourceHasHeader,
    { 'common/a.ts': 'export const a = 1;' },
    { 'test/rig/a.ts': '// a' },
  ],
  [
    'files are short, or say why not',
    filesAreShort,
    { 'common/a.ts': lines(301) },
    { 'common/a.ts': `/** Long because it is a table. */\n${lines(500)}` },
  ],
  [
    'functions are short',
    functionsAreShort,
    { 'common/a.ts': `export function a() {\n${lines(59)}}\n` },
    { 'common/a.ts': `class A {\n  async *b(x: X): Y {\n${lines(60)}  }\n}\n` },
    { 'common/a.ts': `const a = async (x: X) => {\n${lines(60)}};\n` },
    { 'common/a.ts': `function a(\n  x: X,\n): Y {\n${lines(60)}}\n` },
  ],
  [
    'file names are camelCase and tell the job',
    filesAreNamedForTheirJob,
    { 'common/utils.ts': '' },
    { 'daemon/core/lockHelpers.ts': '' },
    { 'daemon/core/key-lock.ts': '' },
  ],
  [
    'comments speak of files that are there',
    commentsNameRealFiles,
    { 'daemon/core/a.ts': '/** Not here: b (b.ts). */' },
    { 'daemon/core/a.ts': '/** Not here: b (operations/b.ts). */', 'daemon/core/b.ts': '' },
  ],
  [
    'documents link to files that are there',
    documentsNameRealFiles,
    { 'docs/a.md': 'see [b](b.md)' },
    { 'README.md': 'open `daemon/core/b.ts`' },
  ],
  [
    'no text speaks of unfinished work',
    noUnfinishedWork,
    { 'README.md': 'TODO' },
    { Makefile: '# good enough for now' },
    { 'daemon/core/a.ts': 'throw new Error("Not implemented")' },
  ],
  ['no check is silenced', noSilencedChecks, { 'tui/a.ts': '// @ts-ignore' }, { 'tui/a.ts': 'const a: any = 1' }],
  [
    'no text names the machine or the download address it came from',
    noMachineOfOurs,
    { 'README.md': 'see /home/ann/berth' },
    { 'test/a.test.ts': "open('/tmp/mine/x')" },
    { 'package-lock.json': '"resolved": "https://packages.example/a.tgz"' },
  ],
  [
    'no test runs alone, and every skipped one has its reason',
    everySkipHasReason,
    { 'test/unit/a.test.ts': "test.only('a', b);" },
    { 'test/unit/a.test.ts': "test.skip('a', b);" },
    { 'test/unit/a.test.ts': "describe.skipIf(x)('a', b);" },
  ],
  [
    'unit tests lie where their source lies',
    testsMirrorSources,
    { 'test/unit/daemon/a.test.ts': '', 'daemon/core/a.ts': '' },
  ],
];

for (const [sentence, rule, ...broken] of rules)
  describe(sentence, () => {
    test('here', () => {
      expect(rule(project)).toEqual([]);
    });

    for (const [at, tree] of broken.entries())
      test(`and breach ${at + 1} is found in ${Object.keys(tree).join(', ')}`, () => {
        expect(rule(new Map(Object.entries(tree)))).not.toEqual([]);
      });
  });

test('a skipped test with its reason, a long table that says so and a mirrored test pass', () => {
  const tree = new Map([
    ['test/unit/common/a.test.ts', "// needs a kernel with quotas\ntest.skipIf(x)('a', b);"],
    ['common/a.ts', `/** Long because it is a table. */\n${lines(350)}`],
    ['test/unit/common/a.aspect.test.ts', ''],
  ]);
  for (const rule of [everySkipHasReason, filesAreShort, testsMirrorSources]) expect(rule(tree)).toEqual([]);
});
