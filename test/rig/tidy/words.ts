/** What the text of a file may not say: unfinished work, silenced checks, the machine it was written on. */
import { eachFile, isProduct, isTest, type Rule } from './tree.ts';

/** The rules name what they forbid. */
const isRule = (path: string): boolean => path.startsWith('test/rig/tidy/') || path === 'test/tidy.test.ts';

const linesMatching = (text: string, pattern: RegExp): readonly string[] =>
  text.split('\n').flatMap((line, at) => {
    const hit = pattern.exec(line)?.[0];
    return hit === undefined ? [] : [`line ${at + 1} says "${hit}"`];
  });

const nowhere = (pattern: RegExp, holds: (path: string) => boolean = () => true): Rule =>
  eachFile(
    (path) => !isRule(path) && holds(path),
    (_path, text) => linesMatching(text, pattern),
  );

export const noUnfinishedWork: Rule = nowhere(/\b(todo|fixme|xxx|hack|placeholder|dummy|not implemented|for now)\b/i);

export const noSilencedChecks: Rule = nowhere(
  /@ts-(ignore|expect-error|nocheck)|biome-ignore|(oxlint|eslint)-disable|\bas any\b|: any(?=[[\];,)=>|&]| [={|&]|$)|<any>/,
  (path) => path.endsWith('.ts'),
);

/** Home and scratch folders, and where packages were downloaded from. */
export const noMachineOfOurs: Rule = nowhere(
  /(?<![\w.$}])\/(work|root|farm|home\/[a-z]+)\/|\/tmp\/[a-z0-9]+\/|\bregistry\.[a-z]+\.[a-z]+|"resolved": *"http/,
);

const LEFT_OUT = /\b(?:it|test|describe)\.(?:skip|skipIf|runIf|todo)\b/;

/** A test that does not run says why, in a comment in its line or the one above. */
export const everySkipHasReason: Rule = eachFile(isTest, function* (path, text) {
  if (isRule(path)) return;
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    if (/\b(?:it|test|describe)\.only\b/.test(line)) yield `line ${at + 1} leaves all other tests out`;
    if (LEFT_OUT.test(line) && !/\/\/ \w|\*\//.test(`${lines[at - 1] ?? ''}\n${line}`))
      yield `line ${at + 1} skips a test without a reason`;
  }
});

/** `test/unit/tui/x.test.ts` tests `tui/x`, `test/unit/rig/x.test.ts` tests `test/rig/x`; `x.aspect.test.ts` is a second file for it. */
export const testsMirrorSources: Rule = (tree) =>
  [...tree.keys()]
    .filter((path) => path.startsWith('test/unit/') && isTest(path))
    .filter((path) => {
      const source = path.slice('test/unit/'.length).replace(/(\.\w+)?\.test\.ts$/, '');
      const isSourceOf = (it: string): boolean => ['.', '/'].some((next) => it.startsWith(source + next));
      return ![...tree.keys()].some((it) => isSourceOf(it) || isSourceOf(it.replace(/^test\//, '')));
    })
    .map((path) => `${path}: there is no source of that name`);

/** The product does not know its tests. */
export const productKnowsNoTests: Rule = eachFile(isProduct, (_path, text) =>
  linesMatching(text, /from '[./]+\/test\//),
);
