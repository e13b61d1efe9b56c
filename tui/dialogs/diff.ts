/** What differs between two versions of a set, field by field. */
import type { VersionView } from '../../common/contract/views.ts';
import { causeText } from '../cli/output/history.ts';
import { bindText } from '../cli/output/sets.ts';
import { localTime, portLine } from '../cli/output/view.ts';
import type { State } from '../state/state.ts';
import { line } from './box.ts';
import { snapshotText } from './details.ts';
import type { DiffDialog, Line } from './dialog.ts';

/** Each yields the entries that are compared one by one. */
const FIELDS: readonly (readonly [label: string, entries: (version: VersionView) => readonly string[]])[] = [
  ['image', (it) => [it.imageName]],
  ['GPUs', (it) => [String(it.gpuCount)]],
  ['GPU', (it) => it.gpus],
  ['port', (it) => it.ports.map(portLine)],
  ['bind', (it) => it.binds.map(bindText)],
  ['cause', (it) => [causeText(it)]],
  ['made', (it) => [localTime(new Date(it.createdAt))]],
  ['by', (it) => [it.actor]],
  ['snapshot', (it) => [snapshotText(it.snapshotBytes)]],
];

export function diffLines({ world }: State, { name, from, to }: DiffDialog): readonly Line[] {
  const versions = world.versions.get(name) ?? [];
  const [before, after] = [from, to].map((wanted) => versions.find((it) => it.version === wanted));
  if (before === undefined || after === undefined) return [line('One of them is not there any more.', 'warn')];
  return FIELDS.flatMap(([label, entries]) => fieldLines(label, entries(before), entries(after)));
}

function fieldLines(label: string, before: readonly string[], after: readonly string[]): readonly Line[] {
  const head = label.padEnd(9);
  const gone = before.filter((it) => !after.includes(it)).map((it) => line(`- ${head} ${it}`, 'bad'));
  const fresh = after.filter((it) => !before.includes(it)).map((it) => line(`+ ${head} ${it}`, 'ok'));
  const same = before.filter((it) => after.includes(it)).map((it) => line(`  ${head} ${it}`, 'dim'));
  return [...same, ...gone, ...fresh];
}
