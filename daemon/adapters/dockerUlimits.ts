/**
 * Resource limits of containers: unlimited locked memory, which GPU memory transfers pin, and a large stack.
 *
 * Nobody can raise a limit where the capability for it is missing, and Docker then refuses to start the container. In
 * such a place (a container, a small virtual machine) the limits stay what Docker itself has.
 */
import { readFile } from 'node:fs/promises';

export interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

const STACK_BYTES = 64 * 1024 * 1024;
const CAP_SYS_RESOURCE = 24n;

export const ulimits = (canRaise: boolean): Ulimit[] =>
  canRaise
    ? [
        { Name: 'memlock', Soft: -1, Hard: -1 },
        { Name: 'stack', Soft: STACK_BYTES, Hard: STACK_BYTES },
      ]
    : [];

/**
 * Whether limits can be raised on this host: PID 1 bounds what every process may have, Docker included.
 * True where that cannot be read. `proc` stands in for /proc in tests.
 */
export async function canRaiseUlimits(proc = '/proc'): Promise<boolean> {
  const status = await readFile(`${proc}/1/status`, 'utf8').catch(() => '');
  const [, bounds] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return bounds === undefined || ((BigInt(`0x${bounds}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}
