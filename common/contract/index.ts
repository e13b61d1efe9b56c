/** Every procedure there is, in the order in which documents list them. The keys are the tRPC paths. */
import { watch } from './event.ts';
import {
  commit,
  continueSet,
  execute,
  history,
  info,
  list,
  patch,
  pause,
  plan,
  remove,
  restart,
  rollback,
  run,
  start,
  status,
  stop,
  versions,
} from './replicaSet.ts';
import { gpuDrain, gpuList, gpus, gpuUndrain, portList, ports } from './resource.ts';
import { version } from './system.ts';

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
    execute,
    commit,
    remove,
  },
  resource: { gpus, ports, gpuList, portList, gpuDrain, gpuUndrain },
  event: { watch },
  system: { version },
} as const;

export type Contract = typeof contract;
