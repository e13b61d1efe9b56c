/** Size, headers and names: what keeps a file readable at a glance. */
import { eachFile, isProduct, isSource, isTest, type Rule } from './tree.ts';

export const fileLinesMax = 300;
export const fileLinesEver = 500;
export const functionLinesMax = 60;

const lineCount = (text: string): number => text.trimEnd().split('\n').length;
const header = (text: string): string => /^(?:#!.*\n)?\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';

export const everySourceHasHeader: Rule = eachFile(isSource, function* (_path, text) {
  if (header(text) === '') yield 'does not open with a comment that says its job';
});

/** Above the limit a header must say `Long because …`; nothing excuses a file above the last one. */
export const filesAreShort: Rule = eachFile(
  (path) => path.endsWith('.ts'),
  function* (_path, text) {
    const lines = lineCount(text);
    if (lines > fileLinesEver) yield `${lines} lines`;
    else if (lines > fileLinesMax && !header(text).includes('Long because'))
      yield `${lines} lines, no reason in its header`;
  },
);

const OPENS_FUNCTION =
  /\bfunction\b|=> \{$|^\s*\).* \{$|^\s*(?:(?:async|static|override|private|protected|get|set) )*\*?#?\w+\(.*\).* \{$/;
const OPENS_STATEMENT = /^\s*(?:\} )?(?:if|else|for|while|switch|catch|do|try)\b/;

/** Leans on the formatter: a block ends at the first line of the same indentation that begins with a brace. */
export const functionsAreShort: Rule = eachFile(
  (path) => isSource(path) && !isTest(path),
  function* (_path, text) {
    const lines = text.split('\n');
    for (const [start, line] of lines.entries()) {
      if (!line.endsWith('{') || !OPENS_FUNCTION.test(line) || OPENS_STATEMENT.test(line)) continue;
      const indent = /^\s*/.exec(line)?.[0] ?? '';
      const end = lines.findIndex((it, at) => at > start && it.startsWith(`${indent}}`));
      const length = end - start + 1;
      if (length > functionLinesMax) yield `the function in line ${start + 1} has ${length} lines`;
    }
  },
);

export const filesAreNamedForTheirJob: Rule = eachFile(
  (path) => isProduct(path) || isSource(path),
  function* (path) {
    const name = path.split('/').at(-1) ?? '';
    if (!/^[a-z][a-zA-Z0-9]*\.ts$/.test(name)) yield 'file names are camelCase';
    if (/^(utils?|helpers?|misc|manager|common\d?)\.ts$|Utils?\.ts$|Helpers?\.ts$|Manager\.ts$/.test(name))
      yield 'this name tells nothing of its job';
  },
);
