/**
 * Limits of a container that is there already, in the words of Docker's update call. Pure.
 *
 * Docker takes a 0 for "as it was", so a limit cannot be taken away: it is raised to what limits nothing. Memory and swap
 * go together, or Docker refuses; its -1 for swap is not passed on to the container that runs.
 */
import type { ContainerSpec } from '../core/engine.ts';
import type { ContainerInspectInfo } from './dockerConnection.ts';

type Host = Pick<ContainerInspectInfo['HostConfig'], 'Memory' | 'NanoCpus' | 'CpuShares' | 'CpusetCpus' | 'PidsLimit'>;

/** More than any host has, and still a number that is exact here. */
const BOUNDLESS_BYTES = 2 ** 52;
const USUAL_SHARES = 1024;

export function updateBody(limits: ContainerSpec['limits'], host: Host, hostCpus: number): Record<string, unknown> {
  const { memoryBytes, memorySwapBytes, nanoCpus, cpuShares, cpusetCpus, pidsMax } = limits;
  return {
    ...(memoryBytes === null
      ? unless(!host.Memory, { Memory: BOUNDLESS_BYTES, MemorySwap: BOUNDLESS_BYTES })
      : { Memory: memoryBytes, MemorySwap: memorySwapBytes ?? memoryBytes }),
    ...(nanoCpus === null ? unless(!host.NanoCpus, { NanoCpus: hostCpus * 1e9 }) : { NanoCpus: nanoCpus }),
    ...(cpuShares === null ? unless(!host.CpuShares, { CpuShares: USUAL_SHARES }) : { CpuShares: cpuShares }),
    ...(cpusetCpus === null
      ? unless(!host.CpusetCpus, { CpusetCpus: `0-${hostCpus - 1}` })
      : { CpusetCpus: cpusetCpus }),
    ...(pidsMax === null ? unless(!host.PidsLimit, { PidsLimit: -1 }) : { PidsLimit: pidsMax }),
  };
}

const unless = (isSo: boolean, fields: Record<string, unknown>): Record<string, unknown> => (isSo ? {} : fields);
