/** Pane name → the list it shows. */
import type { PaneName } from '../state/names.ts';
import { gpuPane } from './gpus.ts';
import { operationPane } from './operations.ts';
import type { Pane } from './pane.ts';
import { portPane } from './ports.ts';
import { sessionPane } from './sessions.ts';
import { setPane } from './sets.ts';
import { versionPane } from './versions.ts';
import { volumePane } from './volumes.ts';

export type ListName = Exclude<PaneName, 'exec' | 'logs'>;

const LISTS = {
  gpus: gpuPane,
  sets: setPane,
  versions: versionPane,
  sessions: sessionPane,
  volumes: volumePane,
  ports: portPane,
  operations: operationPane,
} as const satisfies Record<ListName, unknown>;

export const isList = (pane: PaneName): pane is ListName => pane in LISTS;

/** Rows of different panes have different types; whoever works with any pane treats them as unknown. */
export const listOf = (pane: ListName): Pane<unknown> => LISTS[pane] as unknown as Pane<unknown>;
