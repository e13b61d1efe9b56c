/**
 * Who imports whom, read from the text: static and dynamic imports, re-exports, and files started by
 * `new URL('./file.ts', import.meta.url)`.
 *
 * Not here: which of these are allowed (layers.ts).
 */
import { posix } from 'node:path';
import { isProduct, isTest, type Rule, type Tree } from './tree.ts';

const IMPORTS = [
  /^(?:import|export)\b[^;'"]*?\bfrom\s*'([^']+)'/gm,
  /^import\s*'([^']+)'/gm,
  /\bimport\('([^']+)'\)/g,
  /\bnew URL\('(\.[^']+\.ts)'/g,
];

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');

/** Targets of one file: `node:…`, a package's name, or a path from the root. */
export function importsOf(path: string, text: string): readonly string[] {
  const code = withoutComments(text);
  return IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map(([, target]) => target ?? ''))
    .map((target) => (target.startsWith('.') ? posix.join(posix.dirname(path), target) : packageName(target)))
    .filter((target, place, all) => all.indexOf(target) === place);
}

const packageName = (specifier: string): string =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

const graphOf = (tree: Tree): ReadonlyMap<string, readonly string[]> =>
  new Map([...tree].filter(([path]) => path.endsWith('.ts')).map(([path, text]) => [path, importsOf(path, text)]));

/** Circles hide which part may be read first. Each is told once, from its alphabetically first file. */
export const noCircles: Rule = (tree) => {
  const graph = graphOf(tree);
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const begin = trail.indexOf(path);
    if (begin >= 0) found.add(circle(trail.slice(begin)));
    if (begin >= 0 || done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return [...found];
};

function circle(files: readonly string[]): string {
  const first = files.indexOf(files.toSorted()[0] ?? '');
  const turned = [...files.slice(first), ...files.slice(0, first)];
  return `${turned[0]}: imports itself through ${[...turned.slice(1), turned[0]].join(' > ')}`;
}

const reachedFrom = (tree: Tree, roots: readonly string[]): ReadonlySet<string> => {
  const graph = graphOf(tree);
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const target of graph.get(path) ?? []) visit(target);
  };
  for (const root of roots) visit(root);
  return reached;
};

/** What ships is reached from a program that ships, what tests stand on from a test or a command. */
export const everyFileReached: Rule = (tree) => {
  const commands = ['package.json', 'Makefile', 'vitest.config.ts'].map((path) => tree.get(path) ?? '').join('\n');
  const named = [...tree.keys()].filter((path) => path.endsWith('.ts') && commands.includes(path));
  const product = reachedFrom(tree, ['daemon/main.ts', 'tui/main.ts']);
  const all = reachedFrom(tree, [...product, ...named, ...[...tree.keys()].filter(isTest), 'vitest.config.ts']);
  return [...tree.keys()]
    .filter((path) => path.endsWith('.ts') && !(isProduct(path) ? product : all).has(path))
    .map((path) => `${path}: nothing reaches it`);
};
