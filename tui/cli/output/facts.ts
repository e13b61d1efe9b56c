/** Labelled lines below a heading: `info`, plans, versions. */
import { safe } from '../../safe.ts';
import type { View } from './view.ts';

/** A label with its lines; one without lines is left out. */
export type Fact = readonly [label: string, lines: string | readonly string[] | null];

const INDENT = '  ';

export function facts(items: readonly Fact[], view: View): string {
  const shown = items
    .map(([label, value]) => [label, typeof value === 'string' ? [value] : (value ?? [])] as const)
    .filter(([, lines]) => lines.length > 0);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return shown
    .flatMap(([label, lines]) =>
      lines.map((line, at) => {
        const head = (at === 0 ? label : '').padEnd(width);
        return `${INDENT}${view.paint('dim', head)}  ${safe(line)}`.trimEnd();
      }),
    )
    .join('\n');
}
