import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PeerCredentials, peerCredentials, sendDatagram } from '../../../../daemon/adapters/libc.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-libc-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What the server sees of the next client. */
async function nextPeer(server: Server): Promise<PeerCredentials | undefined> {
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const seen = peerCredentials(accepted);
  accepted.destroy();
  server.close();
  return seen;
}

/** Connects to an abstract Unix socket and stays until the other end closes. */
const client = `
  use Socket;
  alarm 10;
  socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die $!;
  connect($s, pack_sockaddr_un("\\0" . shift)) or die $!;
  <$s>;`;

/** Prints the one datagram that arrives at a Unix socket; Node itself cannot receive one. */
const receiver = `
  use Socket;
  alarm 10;
  my $path = shift;
  socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
  bind($s, pack_sockaddr_un($path =~ s/^@/\\0/r)) or die $!;
  $| = 1; print "bound\\n";
  recv($s, my $data, 65536, 0); print $data;`;

async function deliver(path: string, data: string): Promise<string> {
  const child = spawn('perl', ['-e', receiver, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'readable');
  expect(sendDatagram(path, data)).toBe(true);
  return (await text(child.stdout)).replace('bound\n', '');
}

test('the peer of a Unix connection is the process that opened it', async () => {
  const name = `berth-peer-${process.pid}`;
  const server = createServer().listen(`\0${name}`);
  await once(server, 'listening');
  const [uid, gid] = process.getuid?.() === 0 ? [12_345, 23_456] : [process.getuid?.(), process.getgid?.()];
  const child = spawn('perl', ['-e', client, name], { uid, gid, stdio: 'inherit' });
  expect(await nextPeer(server)).toEqual({ pid: child.pid, uid, gid });
});

test('a TCP connection has no peer credentials', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
  expect(await nextPeer(server)).toBeUndefined();
});

test('a socket without a connection has no peer credentials', () => {
  expect(peerCredentials(new Socket())).toBeUndefined();
});

test('a datagram reaches a socket that has a path', async () => {
  expect(await deliver(join(directory, 'notify'), 'READY=1\nSTATUS=größer')).toBe('READY=1\nSTATUS=größer');
});

test('a datagram reaches an abstract socket', async () => {
  expect(await deliver(`@berth-libc-${process.pid}`, 'WATCHDOG=1')).toBe('WATCHDOG=1');
});

test.each([
  ['nobody listens', 'absent'],
  ['the path is longer than the kernel allows', 'x'.repeat(108)],
])('a datagram is reported as not taken when %s', (_why, name) => {
  expect(sendDatagram(join(directory, name), 'READY=1')).toBe(false);
});
