/** How a published port is asked for: `22`, `53/udp`, `127.0.0.1:8888`, `[::1]:8888`. Pure. */
import type { PortGrant } from '../../common/contract/views.ts';

/** "127.0.0.1:22" → "22/tcp", as Docker writes it. */
export function withProtocol(port: string): string {
  const bare = port.slice(port.lastIndexOf(':') + 1);
  return bare.includes('/') ? bare : `${bare}/tcp`;
}

/** "[::1]:22" → its address, without brackets; nothing where it names none. */
export function hostIpOf(port: string): Pick<PortGrant, 'hostIp'> {
  const address = port.slice(0, Math.max(0, port.lastIndexOf(':'))).replace(/^\[|\]$/g, '');
  return address === '' ? {} : { hostIp: address };
}
