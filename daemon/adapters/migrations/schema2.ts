/**
 * Schema 2: a version says how its command runs, who it runs as, what limits it,
 * which networks it is on and what was amended since.
 *
 * In schema 1 all of that was the image's own or the configuration's default, which null says from here on.
 */
import type { Migration } from './migration.ts';

const LEFT_OPEN = {
  entrypoint: null,
  user: null,
  workDir: null,
  hostname: null,
  init: null,
  stopTimeoutS: null,
  shmBytes: null,
  labels: [],
  limits: {
    nanoCpus: null,
    memoryBytes: null,
    memorySwapBytes: null,
    cpuShares: null,
    cpusetCpus: null,
    pidsMax: null,
  },
  networks: null,
};

interface Version1 {
  readonly spec: object;
}

export const schema2: Migration = {
  to: 2,
  rewrite(row) {
    if (!row.key.startsWith('rv/')) return row;
    const version = row.value as Version1;
    return { key: row.key, value: { ...version, spec: { ...version.spec, ...LEFT_OPEN }, amendments: [] } };
  },
};
