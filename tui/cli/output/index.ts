/**
 * Procedure → how its answer reads to people. Every procedure of the command line has an entry; a test counts them.
 *
 * Not here: `--json` (safe.ts), subscriptions (event.ts), which need to remember what they have told.
 */
import type { Procedure } from '../../../common/contract/define.ts';
import { contract } from '../../../common/contract/index.ts';
import type { SetView } from '../../../common/contract/views.ts';
import type { OutputOf } from '../../../common/services.ts';
import { safe, safeJson } from '../../safe.ts';
import { backupTable, backupTaken } from './backups.ts';
import { gpuTable } from './gpus.ts';
import { historyTree } from './history.ts';
import { changeList, processTable } from './looks.ts';
import { linkTable, networkTable, relinked } from './networks.ts';
import { endedText, operationDetails, operationTable } from './operation.ts';
import {
  ACTIONS,
  arrived,
  committed,
  differing,
  drained,
  frozen,
  killed,
  limited,
  paused,
  removed,
  renamed,
  stopped,
  undrained,
} from './outcome.ts';
import { portTable } from './ports.ts';
import { sessionTable } from './sessions.ts';
import { setDetails, setTable } from './sets.ts';
import { strayTable } from './strays.ts';
import { clientVersionText, versionText } from './version.ts';
import type { View } from './view.ts';
import { volumeCreated, volumeDetails, volumeHistory, volumeResized, volumeTable } from './volumes.ts';

export interface Answer<Output> {
  readonly output: Output;
  /** The set or volume that was named, empty where none was. */
  readonly name: string;
  /** Why, as it was typed; null where nothing was. */
  readonly reason: string | null;
  /** How the set is after a change, where that could be asked. */
  readonly set: SetView | undefined;
  /** Version of this program. */
  readonly client: string;
}

export type Renderer = (answer: Answer<never>, view: View) => string;

const on = <P extends Procedure>(
  procedure: P,
  render: (answer: Answer<OutputOf<P>>, view: View) => string,
): readonly [Procedure, Renderer] => [procedure, render];

const runs = (answer: Answer<unknown>, view: View): string =>
  answer.set === undefined ? `${safe(answer.name)} runs.` : arrived(answer.set, view);

const { exec, network, replicaSet, resource, operation, system, volume } = contract;

const RENDERERS: ReadonlyMap<Procedure, Renderer> = new Map([
  on(replicaSet.list, ({ output }, view) => setTable(output, view)),
  on(replicaSet.status, ({ output }, view) => setDetails(output, view)),
  on(replicaSet.versions, ({ output }, view) => historyTree(output, view)),
  on(replicaSet.run, (answer, view) => `${runs(answer, view)}\n${nextSteps(answer.name)}`),
  on(replicaSet.patch, runs),
  on(replicaSet.rollback, (answer, view) => `${runs(answer, view)}${differing(answer.output.diff)}`),
  on(replicaSet.restart, runs),
  on(replicaSet.continueSet, runs),
  on(replicaSet.start, (answer, view) => `${runs(answer, view)}\n${ACTIONS[answer.output.action]}`),
  on(replicaSet.reboot, runs),
  on(replicaSet.thaw, runs),
  on(replicaSet.freeze, ({ name }) => frozen(name)),
  on(replicaSet.kill, ({ name }) => killed(name)),
  on(replicaSet.resources, ({ name, output }) => limited(name, output)),
  on(replicaSet.rename, ({ name, output }) => renamed(name, output.name)),
  on(replicaSet.stop, ({ name }) => stopped(name)),
  on(replicaSet.pause, ({ name }) => paused(name)),
  on(replicaSet.remove, ({ name }) => removed(name)),
  on(exec.list, ({ output }, view) => sessionTable(output, view)),
  on(exec.get, ({ output }, view) => sessionTable([output], view)),
  on(exec.kill, ({ output }, view) => sessionTable([output], view)),
  on(replicaSet.inspect, ({ output }) => safeJson(output, 2)),
  on(replicaSet.top, ({ output }, view) => processTable(output, view)),
  on(replicaSet.changes, ({ output }) => changeList(output)),
  on(replicaSet.commit, ({ name, output }) => committed(name, output.imageName)),
  on(volume.list, ({ output }, view) => volumeTable(output, view)),
  on(volume.status, ({ output }, view) => volumeDetails(output, view)),
  on(volume.versions, ({ output }, view) => volumeHistory(output, view)),
  on(volume.create, ({ output }) => volumeCreated(output)),
  on(volume.resize, ({ output }) => volumeResized(output)),
  on(volume.remove, ({ name }) => `Volume ${safe(name)} is deleted, with everything in it.`),
  on(network.list, ({ output }, view) => networkTable(output, view)),
  on(network.links, ({ name, output }, view) => linkTable(name, output, view)),
  on(network.attach, ({ name, output }) => relinked(name, output)),
  on(network.detach, ({ name, output }) => relinked(name, output)),
  on(resource.gpuList, ({ output }, view) => gpuTable(output, view)),
  on(resource.portList, ({ output }, view) => portTable(output, view)),
  on(resource.gpuDrain, ({ output, reason }) => drained(output, reason)),
  on(resource.gpuUndrain, ({ output }) => undrained(output)),
  on(operation.list, ({ output }, view) => operationTable(output, view)),
  on(operation.get, ({ output }, view) => operationDetails(output, view)),
  on(operation.cancel, ({ output }, view) => endedText(output, view)),
  on(system.backup, ({ output }) => backupTaken(output)),
  on(system.backups, ({ output }, view) => backupTable(output, view)),
  on(system.strays, ({ output }, view) => strayTable(output, view)),
  on(system.version, ({ output, client }, view) => `${clientVersionText(client)}\n${versionText(output, view)}`),
]);

/** Changes after which the set runs; its answer tells with what. */
const RUNS: ReadonlySet<Procedure> = new Set([
  replicaSet.run,
  replicaSet.patch,
  replicaSet.rollback,
  replicaSet.restart,
  replicaSet.continueSet,
  replicaSet.start,
  replicaSet.reboot,
  replicaSet.thaw,
]);

export const showsSet = (procedure: Procedure): boolean => RUNS.has(procedure);

export const rendererOf = (procedure: Procedure): Renderer | undefined => RENDERERS.get(procedure);

const nextSteps = (name: string): string =>
  `Go on with \`berth exec -it ${safe(name)} -- sh\`, \`berth info ${safe(name)}\`, \`berth patch ${safe(name)} --gpus N\`.`;
