import { expect, test } from 'vitest';
import { hostIpOf, withProtocol } from '../../../../daemon/core/publishedPort.ts';

test.each([
  ['22', '22/tcp', {}],
  ['53/udp', '53/udp', {}],
  ['127.0.0.1:8888', '8888/tcp', { hostIp: '127.0.0.1' }],
  ['[::1]:53/udp', '53/udp', { hostIp: '::1' }],
])('%s is the port %s at %j', (asked, port, address) => {
  expect(withProtocol(asked)).toBe(port);
  expect(hostIpOf(asked)).toEqual(address);
});
