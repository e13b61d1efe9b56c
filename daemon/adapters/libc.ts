/**
 * The two things Berth needs of the C library that Node does not offer: who is at the other end of a Unix socket,
 * and one datagram to a Unix socket.
 *
 * Invariants
 *  - The library is loaded at the first call, never at import, so that a client pays nothing for it.
 *  - Where it cannot be loaded (no prebuilt binding for this machine), every call answers as if the kernel had
 *    nothing to say; nothing throws.
 *
 * Numbers are those of Linux on x64 and arm64, both little-endian.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

interface Libc {
  getsockopt(fd: number, level: number, option: number, value: Buffer, length: Buffer): number;
  socket(domain: number, type: number, protocol: number): number;
  sendto(fd: number, data: Buffer, bytes: number, flags: number, address: Buffer, addressBytes: number): number;
  close(fd: number): number;
}

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** `struct ucred`: pid, uid, gid. */
const ucredBytes = 12;
/** What the kernel says as uid for a peer it knows nothing of, such as one on TCP. */
const noUid = 0xffff_ffff;

let loaded: { readonly libc: Libc | undefined } | undefined;

/** Who opened the connection, as the kernel saw it then; undefined for anything but a live Unix connection. */
export function peerCredentials(socket: Socket): PeerCredentials | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const credentials = Buffer.alloc(ucredBytes);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(ucredBytes);
  if (libc()?.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) return undefined;
  const [pid, uid, gid] = [credentials.readInt32LE(0), credentials.readUInt32LE(4), credentials.readUInt32LE(8)];
  return uid === noUid ? undefined : { pid, uid, gid };
}

/** Sends one datagram to a Unix socket; a path that begins with `@` is an abstract one. False when it was not taken. */
export function sendDatagram(path: string, text: string): boolean {
  const library = libc();
  const fd = library?.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0) ?? -1;
  if (library === undefined || fd < 0) return false;
  const data = Buffer.from(text);
  const address = unixAddress(path);
  const sent = library.sendto(fd, data, data.length, MSG_NOSIGNAL, address, address.length);
  library.close(fd);
  return Number(sent) === data.length;
}

/** Node keeps the descriptor on an undocumented handle; a test fails the day it moves. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as { _handle?: { fd?: number } | null };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined;
}

/** A `sockaddr_un`. A file's path ends with a zero byte; an abstract name begins with one and has no end mark. */
function unixAddress(path: string): Buffer {
  const name = path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`;
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, Buffer.from(name)]);
}

function libc(): Libc | undefined {
  loaded ??= { libc: loadLibc() };
  return loaded.libc;
}

function loadLibc(): Libc | undefined {
  const self = ownSymbols();
  return (
    self && {
      getsockopt: self.func('int getsockopt(int, int, int, void *, void *)'),
      socket: self.func('int socket(int, int, int)'),
      sendto: self.func('int64_t sendto(int, const void *, size_t, int, const void *, uint32_t)'),
      close: self.func('int close(int)'),
    }
  );
}

/** Functions are looked up in this very process, which has the C library whatever its file is called. */
function ownSymbols() {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    return koffi.load(null);
  } catch {
    return undefined;
  }
}
