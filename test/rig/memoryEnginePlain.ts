/** The plainest image and container of the in-memory engine. */
import type { ContainerSpec, ImageInfo } from '../../daemon/core/engine.ts';

/** An image that says hardly anything of itself. */
export const PLAIN_IMAGE: Omit<ImageInfo, 'id' | 'sizeBytes'> = {
  layers: 1,
  comment: '',
  cmd: ['sh'],
  entrypoint: null,
  user: '',
  workingDir: '',
  env: ['PATH=/usr/bin:/bin'],
  volumes: [],
  labels: {},
  stopSignal: null,
  healthcheck: null,
};

/** A container without anything of its own. */
export const PLAIN_SPEC: Omit<ContainerSpec, 'name' | 'image'> = {
  cmd: ['sleep', '1000000'],
  entrypoint: null,
  user: '',
  groups: [],
  workingDir: '',
  hostname: null,
  init: true,
  stopTimeoutS: 10,
  env: [],
  labels: {},
  binds: [],
  ports: [],
  network: null,
  gpus: [],
  stopSignal: null,
  healthcheck: null,
  limits: {
    shmBytes: null,
    memoryBytes: null,
    memorySwapBytes: null,
    cpuShares: null,
    cpusetCpus: null,
    nanoCpus: null,
    pidsMax: null,
    logBytesMax: 0,
  },
};
