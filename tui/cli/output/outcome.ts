/**
 * What a change came to, in a sentence and what to do next.
 *
 * Not here: asking the daemon (action.ts); what is still to be known about the set is handed in.
 */
import type { GpuView } from '../../../common/contract/resource.ts';
import type { SetView } from '../../../common/contract/views.ts';
import { safe } from '../../safe.ts';
import { type Fact, facts } from './facts.ts';
import { holderText } from './gpus.ts';
import { gpuLabel, portLine, type View } from './view.ts';

/** A set that runs after run, patch, rollback, restart, start or continue. */
export function arrived(set: SetView, view: View): string {
  const head = `${view.paint('strong', safe(set.name))} runs as version ${set.version} (container ${safe(set.containerName)})`;
  const items: readonly Fact[] = [
    ['GPUs', set.gpus.map(gpuLabel).join(', ') || null],
    ['ports', set.ports.map(portLine).join(', ') || null],
  ];
  return [head, facts(items, view)].filter(Boolean).join('\n');
}

/** A set that should run after the change, and whose command was over before one could look. */
export const endedAtOnce = ({ name, reason }: SetView): string =>
  safe(`${name} ended at once: ${reason ?? 'its reason is not known'}. \`berth info ${name}\` shows more.`);

/** Sets are not shown with what they held before: the answer may have come before the change of state. */
export const stopped = (name: string): string =>
  `${safe(name)} is stopped; its GPUs and ports are free. \`berth start ${safe(name)}\` brings it back.`;

export const paused = (name: string): string =>
  `${safe(name)} is paused; its GPUs and ports stay with it. \`berth continue ${safe(name)}\` goes on.`;

export const frozen = (name: string): string =>
  `${safe(name)} is frozen where it stands; it keeps its memory, GPUs and ports. \`berth thaw ${safe(name)}\` lets it go on.`;

export const killed = (name: string): string =>
  `The signal was sent to ${safe(name)}. \`berth info ${safe(name)}\` shows what became of it.`;

export function limited(name: string, { changes, applied }: { changes: readonly string[]; applied: boolean }): string {
  if (changes.length === 0) return `${safe(name)} has those limits already.`;
  const when = applied ? 'now' : 'when it runs again';
  return safe(`${name} has other limits ${when}: ${changes.join(', ')}.`);
}

export const renamed = (name: string, newName: string): string =>
  safe(`${name} is ${newName} now; its container takes the name with the next version.`);

/** What a rollback brought back that is other than it was, beside the files. */
export const differing = (diff: readonly string[] | undefined): string =>
  diff === undefined || diff.length === 0 ? '' : `\n  other than before: ${safe(diff.join(', '))}`;

export const removed = (name: string): string => `${safe(name)} is deleted, with its history.`;

export const committed = (name: string, imageName: string): string =>
  `The files of ${safe(name)} are saved as the image ${safe(imageName)}.`;

/** A GPU that is granted keeps that state, and its view is silent about why it was drained. */
export function drained(gpu: GpuView, reason: string | null): string {
  const label = gpuLabel(gpu);
  const why = reason === null ? '.' : `: ${reason}`;
  const who = gpu.state === 'granted' ? `${holderText(gpu)} keeps it; nobody else` : 'Nobody';
  const head = `GPU ${label} (${gpu.uuid}) is drained${why}`;
  return `${safe(head)}\n${safe(`${who} is granted it until \`berth gpus undrain ${label}\`.`)}`;
}

export function undrained(gpu: GpuView): string {
  const state = gpu.state === 'granted' ? `granted to ${holderText(gpu)}` : gpu.state;
  const why = gpu.reason === null ? '' : `, ${gpu.reason}`;
  return safe(`GPU ${gpuLabel(gpu)} (${gpu.uuid}) is in use again; it is ${state}${why}.`);
}

export const ACTIONS = {
  thawed: 'Its processes go on where they stood still.',
  none: 'It was running already.',
  continued: 'The same container goes on, with its GPUs and ports.',
  restarted: 'It was recreated as its next version, with GPUs and ports applied for again.',
} as const;
