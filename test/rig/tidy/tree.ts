/**
 * The files of this project as the rules of the house see them: path from the root → text.
 *
 * Not here: what is a breach (the other files of this folder); which rules hold (test/tidy.test.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Tree = ReadonlyMap<string, string>;

/** One sentence for each breach, beginning with the path. */
export type Rule = (tree: Tree) => readonly string[];

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'golden', '.git', '.berth', 'package-lock.json']);
const READ = /\.(ts|json|md|sh|toml|service|socket|mount|conf|yml)$|^Makefile$|^LICENSE$|^run$|^\.npmrc$/;

export function readTree(root: string): Tree {
  const files = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && READ.test(entry.name)) files.set(path, readFileSync(join(root, path), 'utf8'));
    }
  };
  walk('');
  return files;
}

/** What ships. */
export const isProduct = (path: string): boolean => /^(common|daemon|tui)\/.*\.ts$/.test(path);
export const isTest = (path: string): boolean => path.endsWith('.test.ts');
/** What ships and what the tests stand on: everything that has a header and reads like a source. */
export const isSource = (path: string): boolean => isProduct(path) || (/^test\/.*\.ts$/.test(path) && !isTest(path));

/** A rule that looks at each file alone. */
export const eachFile =
  (holds: (path: string) => boolean, breaches: (path: string, text: string) => Iterable<string>): Rule =>
  (tree) =>
    [...tree]
      .filter(([path]) => holds(path))
      .flatMap(([path, text]) => [...breaches(path, text)].map((it) => `${path}: ${it}`));
