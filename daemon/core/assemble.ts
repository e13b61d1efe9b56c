/**
 * The core from its parts: adapters go in, services come out. Starts nothing until `start`.
 *
 * Not here: which adapters (main.ts, and the tests' rig).
 */
import type { StoreView } from '../../common/contract/event.ts';
import type { AttachOpen, ExecFrame } from '../../common/contract/exec.ts';
import type { Caller, Services } from '../../common/router.ts';
import { attach } from './attachments.ts';
import { commitBatch } from './batch.ts';
import type { Effect } from './effects.ts';
import type { Engine, ExecSession } from './engine.ts';
import { EngineWatch } from './engineWatch.ts';
import { EventHub } from './eventHub.ts';
import { watchEvents } from './events.ts';
import { ExecSessions } from './execSessions.ts';
import { execServices, openExec } from './execs.ts';
import type { GpuSource } from './gpuSource.ts';
import type { Backups, HostFiles, HostTasks, Log, NewId } from './host.ts';
import { repeatable } from './idempotency.ts';
import { Inventory } from './inventory.ts';
import { Journal } from './journal.ts';
import type { LogFiles } from './keptLogs.ts';
import { networkServices } from './networkServices.ts';
import { OperationLog } from './operationLog.ts';
import { operationServices } from './operationServices.ts';
import { Reconciler } from './reconciler.ts';
import { put } from './records.ts';
import { replicaSetServices } from './replicaSets.ts';
import { resourceServices } from './resources.ts';
import type { Settings } from './settings.ts';
import { State } from './state.ts';
import type { Store } from './store.ts';
import { listStrays } from './strayList.ts';
import { Strays } from './strays.ts';
import { Telemetry } from './telemetry.ts';
import { viewStore } from './views.ts';
import { VolumeCare } from './volumeCare.ts';
import type { VolumeHost } from './volumeHost.ts';
import { volumeServices } from './volumes.ts';

export interface CoreParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly source: GpuSource;
  readonly tasks: HostTasks;
  readonly files: HostFiles;
  readonly volumes: VolumeHost;
  readonly logFiles: LogFiles;
  readonly settings: Settings;
  readonly log: Log;
  readonly now: () => Date;
  /** When the host was started. */
  readonly bootedAt: Date;
  readonly newId: NewId;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly backups: Backups;
  readonly about: { readonly version: string; readonly node: string; readonly pid: number };
  readonly onEffect?: (when: 'before' | 'after', effect: Effect, verb: string) => void;
}

export interface Core {
  readonly services: Services;
  readonly state: State;
  openExec(open: ExecFrame, caller: Caller): Promise<ExecSession>;
  attach(open: AttachOpen, caller: Caller): Promise<ExecSession>;
  /** Reads are served from here on; changes once the engine has answered and recovery has run. */
  start(): void;
  /** Ends what is under way, then everything else. The store stays open. */
  stop(): Promise<void>;
}

export async function assembleCore(parts: CoreParts): Promise<Core> {
  const { store, engine, log, now, newId, about } = parts;
  const state = await State.load(store);
  const instance = await identityOf(state, store, newId);
  const inventory = new Inventory({ ...parts, state, instance });
  const operations = new OperationLog(now);
  const journal = new Journal({ ...parts, state, instance, operations, foreign: inventory.foreign });
  const isBusy = (name: string): boolean => journal.isBusy(name);
  const strays = new Strays({ state, instance, log, now });
  const reconciler = new Reconciler({ state, isBusy, strays, log });
  const care = new VolumeCare({ ...parts, state, operations, isBusy });
  const lookAtVolumes = (): Promise<void> => hub.lookAtVolumes();
  const watch = new EngineWatch({ ...parts, state, instance, journal, reconciler, care, inventory, lookAtVolumes });
  const telemetry = new Telemetry(parts.source, log);
  const storeView = (): StoreView => viewStore(store.trouble);
  const hub = new EventHub({ state, care, inventory, telemetry, operations, engineView: watch.view, storeView, now });
  store.onTrouble((trouble) => hub.publish({ type: 'store', store: viewStore(trouble) }));
  watch.onChange((view) => hub.publish({ type: 'engine', engine: view }));
  watch.onContainer((event) => hub.publish(event));
  const sessions = new ExecSessions(parts);
  const self = { berthd: about.version, node: about.node, pid: about.pid, startedAt: now().toISOString(), instance };
  const services: Services = {
    replicaSet: replicaSetServices({ ...parts, state, journal, inventory, hub, sessions, telemetry }),
    volume: volumeServices({ ...parts, state, journal, care }),
    network: networkServices({ ...parts, state, journal }),
    resource: resourceServices({ ...parts, state, inventory, hub, telemetry }),
    operation: operationServices({ operations, store, journal }),
    exec: execServices({ state, engine }, sessions),
    event: { watch: (input, caller) => watchEvents({ ...parts, hub, operations }, input, caller) },
    system: {
      version: async () => ({
        engine: watch.view(),
        store: storeView(),
        gpuSource: inventory.sourceKind,
        ...self,
      }),
      backup: () => parts.backups.take(),
      backups: async () => [...(await parts.backups.list())],
      strays: () => listStrays({ ...parts, state, instance }),
    },
  };
  return {
    services: repeatable(services, { state, store, journal, now }),
    state,
    openExec: async (open) =>
      'execId' in open ? sessions.get(open.execId).attach() : await openExec({ state, engine }, open),
    attach: (open, { signal }) => attach({ state, engine, hub }, open, signal),
    start: () => {
      void inventory.refresh();
      watch.start();
    },
    stop: async () => {
      await Promise.all([watch.stop(), sessions.end()]);
      await journal.drain();
    },
  };
}

/** Identity of this installation, made at its first start. */
async function identityOf(state: State, store: Store, newId: NewId): Promise<string> {
  const known = state.table('meta').get('instance');
  if (known !== undefined) return known;
  if (store.trouble?.kind === 'damaged') return 'unknown';
  const instance = newId();
  await commitBatch(state, store, [put('meta', 'instance', instance)]);
  return instance;
}
