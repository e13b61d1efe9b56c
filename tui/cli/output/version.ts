/** Versions of this program, of the daemon, and of what the daemon stands on. */
import type { EngineView, StoreView } from '../../../common/contract/event.ts';
import { safe } from '../../safe.ts';
import { facts } from './facts.ts';
import { ageOf, type View, when } from './view.ts';

export interface DaemonVersion {
  readonly berthd: string;
  readonly node: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly engine: EngineView;
  readonly store: StoreView;
  readonly gpuSource: string;
  readonly instance: string;
}

export const clientVersionText = (version: string): string => `berth ${version} (Node ${process.version})`;

export function versionText(daemon: DaemonVersion, view: View): string {
  const items = facts(
    [
      ['pid', `${daemon.pid}, started ${when(daemon.startedAt, view.now)}`],
      ['Docker', engineText(daemon.engine, view.now)],
      ['state', storeText(daemon.store)],
      ['GPU source', daemon.gpuSource],
      ['instance', daemon.instance],
    ],
    view,
  );
  return `berthd ${safe(daemon.berthd)} (Node ${safe(daemon.node)})\n${items}`;
}

export function engineText(engine: EngineView, now: Date): string {
  const name = engine.version === null ? 'unknown version' : engine.version;
  if (engine.state === 'up') return `${name}, up`;
  const reason = engine.reason === null ? '' : `: ${engine.reason}`;
  return `${name}, down for ${ageOf(engine.since, now)}${reason}`;
}

export function storeText({ state, reason }: StoreView): string {
  if (state === 'ok') return 'ok';
  const what = state === 'damaged' ? 'damaged, reads only' : 'cannot be written now, reads only';
  return `${what}: ${reason ?? 'its reason is not known'}${state === 'damaged' ? '. `berthd doctor` says what to do' : ''}`;
}
