/** Every procedure there is. The keys are the tRPC paths. */
import { watch } from './event.ts';
import * as replicaSet from './replicaSet.ts';
import { gpuDrain, gpuList, gpus, gpuUndrain, portList, ports } from './resource.ts';
import { version } from './system.ts';

export const contract = {
  replicaSet: { ...replicaSet },
  resource: { gpus, ports, gpuList, portList, gpuDrain, gpuUndrain },
  event: { watch },
  system: { version },
} as const;

export type Contract = typeof contract;
