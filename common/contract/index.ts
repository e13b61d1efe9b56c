/** Every procedure there is, in the order in which documents list them. The keys are the tRPC paths. */
import { rename, resources } from './amendment.ts';
import { exportFiles, getArchive, putArchive, statPath } from './archive.ts';
import { watch } from './event.ts';
import * as exec from './exec.ts';
import { ingress, setIngress } from './ingress.ts';
import { logs } from './logs.ts';
import { changes, inspect, resize, stats, top, wait } from './look.ts';
import * as network from './network.ts';
import { cancel, get, list as listOperations } from './operation.ts';
import {
  commit,
  execute,
  history,
  info,
  list,
  patch,
  plan,
  remove,
  rollback,
  run,
  status,
  versions,
} from './replicaSet.ts';
import { gpuDrain, gpuList, gpus, gpuUndrain, portList, ports } from './resource.ts';
import { continueSet, freeze, kill, pause, reboot, restart, start, stop, thaw } from './runState.ts';
import { backup, backups, strays, version } from './system.ts';
import * as volume from './volume.ts';

export const contract = {
  replicaSet: {
    run,
    list,
    status,
    info,
    versions,
    history,
    plan,
    patch,
    rollback,
    start,
    stop,
    pause,
    continueSet,
    restart,
    reboot,
    freeze,
    thaw,
    kill,
    resources,
    rename,
    execute,
    logs,
    top,
    stats,
    wait,
    inspect,
    changes,
    statPath,
    getArchive,
    putArchive,
    exportFiles,
    resize,
    ingress,
    setIngress,
    commit,
    remove,
  },
  volume: {
    list: volume.list,
    create: volume.create,
    status: volume.status,
    info: volume.info,
    versions: volume.versions,
    history: volume.history,
    plan: volume.plan,
    resize: volume.resize,
    remove: volume.remove,
  },
  network: { list: network.list, links: network.links, attach: network.attach, detach: network.detach },
  resource: { gpus, ports, gpuList, portList, gpuDrain, gpuUndrain },
  operation: { list: listOperations, get, cancel },
  exec: { create: exec.create, list: exec.list, get: exec.get, resize: exec.resize, kill: exec.kill },
  event: { watch },
  system: { version, backup, backups, strays },
} as const;

export type Contract = typeof contract;
