/** Files that are spoken of exist: in the headers of sources, and in links and paths of the documents. */
import { posix } from 'node:path';
import { eachFile, isSource, type Rule, type Tree } from './tree.ts';

const COMMENTS = /\/\*\*[\s\S]*?\*\//g;

/** `journal.ts`, `operations/run.ts` or a folder such as `operations/`, from wherever the comment stands. */
export const commentsNameRealFiles: Rule = (tree) =>
  eachFile(isSource, function* (_path, text) {
    for (const [comment] of text.matchAll(COMMENTS))
      for (const [, name = ''] of comment.matchAll(/(?<![\w/'.…-])((?:[\w-]+\/)*\w+\.(?:ts|sh|md))\b/g))
        if (!isThere(tree, name)) yield `speaks of ${name}, which is not there`;
  })(tree);

const isThere = (tree: Tree, name: string): boolean =>
  [...tree.keys()].some((path) => path === name || path.endsWith(`/${name}`));

/** Relative links, and paths in backticks that begin with a folder of ours. */
export const documentsNameRealFiles: Rule = (tree) =>
  eachFile(
    (path) => path.endsWith('.md'),
    function* (path, text) {
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to = '']) =>
        posix.join(posix.dirname(path), to),
      );
      const paths = [...text.matchAll(/`((?:common|daemon|tui|test|systemd|docs)\/[\w./-]*)`/g)].map(
        ([, to = '']) => to,
      );
      for (const to of [...links, ...paths]) {
        const folder = to.replace(/\/?$/, '/');
        if (!tree.has(to) && ![...tree.keys()].some((it) => it.startsWith(folder)))
          yield `names ${to}, which is not there`;
      }
    },
  )(tree);
