/**
 * Who may import whom (docs/ARCHITECTURE.md draws it), and which libraries stand behind one file alone.
 */
import { importsOf } from './imports.ts';
import { eachFile, isProduct, type Rule } from './tree.ts';

/** Folder → folders it may import. `daemon/main.ts` wires everything; nobody imports it. */
const ALLOWED: readonly (readonly [from: RegExp, to: RegExp])[] = [
  [/^common\//, /^common\//],
  [/^daemon\/core\//, /^(common|daemon\/core)\//],
  [/^daemon\/adapters\//, /^(common|daemon\/core|daemon\/adapters)\//],
  [/^daemon\/facades\//, /^(common|daemon\/core|daemon\/facades)\//],
  [/^daemon\/main\.ts$/, /^(common|daemon)\//],
  [/^daemon\/[^/]+\.ts$/, /^(common\/|daemon\/(core\/|adapters\/|(?!main)[^/]+\.ts))/],
  [/^tui\//, /^(common|tui)\//],
];

const isOurs = (target: string): boolean => /^(common|daemon|tui|test)\//.test(target);

export const importDirection: Rule = eachFile(isProduct, function* (path, text) {
  const allowed = ALLOWED.find(([from]) => from.test(path))?.[1];
  if (allowed === undefined) yield 'lies in no folder that has a rule';
  else
    for (const target of importsOf(path, text).filter((it) => isOurs(it) && !allowed.test(it)))
      yield `may not import ${target}`;
});

/** Policy is handed its outside world: no I/O, no clock, no chance. */
export const coreIsPure: Rule = eachFile(
  (path) => path.startsWith('daemon/core/') || path.startsWith('common/contract/'),
  function* (path, text) {
    for (const target of importsOf(path, text))
      if (!isOurs(target) && !['zod', 'node:stream'].includes(target)) yield `may not import ${target}`;
    for (const [use] of text.matchAll(
      /\b(Date\.now\(|new Date\(\)|Math\.random\(|process\.(?:env|argv|cwd|exit|on|once|hrtime|kill|std\w+)\b)/g,
    ))
      yield `may not use ${use}`;
  },
);

const BEHIND_ONE_FILE = ['dockerode', 'level', 'execa', 'koffi', 'blessed', '@xterm/headless'];

/** A library that one file knows can be replaced in one file. */
export const oneImporterEach: Rule = (tree) =>
  BEHIND_ONE_FILE.flatMap((library) => {
    const importers = [...tree].filter(([path, text]) => isProduct(path) && importsOf(path, text).includes(library));
    return importers.slice(1).map(([path]) => `${path}: ${library} is imported by ${importers[0]?.[0]} already`);
  });
