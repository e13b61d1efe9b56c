/**
 * A tree with everything that a file system can hold, and what it looks like to the last byte.
 *
 * Invariant: two trees with the same fingerprint differ in nothing that a program could see, but for the numbers of
 * inodes, how they lie on the disk, and when their metadata last changed.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import koffi from 'koffi';

const run = promisify(execFile);
const libc = koffi.load(null);
const setxattr = libc.func(
  'int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
);
const listxattr = libc.func('long llistxattr(const char *path, _Out_ void *list, size_t size)');
const getxattr = libc.func('long lgetxattr(const char *path, const char *name, _Out_ void *value, size_t size)');

/** A read ACL of user 1234 on a file of mode 0640: version 2, then tag, permissions and id of each entry. */
const ACL = Buffer.from(
  '0200000001000600ffffffff02000400d204000004000400ffffffff10000400ffffffff20000000ffffffff',
  'hex',
);
/** cap_net_bind_service=ep, in the kernel's second form. */
const CAPABILITY = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/** Below a directory that is there. */
export async function plantCanaryTree(root: string): Promise<void> {
  const at = (...parts: string[]) => join(root, ...parts);
  await mkdir(at('.hidden', 'deep', 'empty'), { recursive: true });
  await writeFile(at('.hidden', '.dotfile'), 'dot');
  await writeFile(at('weights ü\n.bin'), Buffer.alloc(3_000_000, 'weights'));
  await link(at('weights ü\n.bin'), at('.hidden', 'deep', 'same weights'));
  await symlink('weights ü\n.bin', at('link'));
  await symlink('/nowhere/at all', at('dangling'));
  await sparseFile(at('sparse'));
  await writeFile(at('zeros'), Buffer.alloc(1_000_000));
  for (const [name, mode] of [
    ['setuid', 0o4755],
    ['setgid', 0o2755],
    ['sticky', 0o1644],
    ['unreadable', 0],
  ] as const) {
    await writeFile(at(name), name);
    await chown(at(name), 1000, 2000);
    await chmod(at(name), mode);
  }
  for (const [name, attribute, value] of [
    ['noted', 'user.note', Buffer.from('a note')],
    ['shared', 'system.posix_acl_access', ACL],
    ['capable', 'security.capability', CAPABILITY],
    ['trusted', 'trusted.overlay.opaque', Buffer.from('y')],
  ] as const) {
    await writeFile(at(name), name, { mode: 0o640 });
    if (setxattr(at(name), attribute, value, value.length, 0) !== 0) throw new Error(`no ${attribute} here`);
  }
  await run('mkfifo', [at('fifo')]);
  await run('mknod', [at('null'), 'c', '1', '3']);
  await socketFile(at('socket'));
  await mkdir(at('many'));
  for (let number = 0; number < 300; number += 1) await writeFile(at('many', `${number}`), `${number}`);
  await utimes(at('.hidden', '.dotfile'), 1_000_000_000.123456, 1_234_567_890.654321);
  await lutimes(at('link'), 1_000_000_000.5, 1_234_567_890.25);
  await utimes(at('.hidden'), 1_000_000_000.123456, 999_999_999.000001);
  await chown(root, 1000, 1000);
  await chmod(root, 0o2770);
}

/** 40 MB long, with 8 KB in it. */
async function sparseFile(path: string): Promise<void> {
  await using file = await open(path, 'w');
  await file.write('begin', 1_000_000);
  await file.write('end', 20_000_000);
  await file.truncate(40_000_000);
}

/** Listening ends by removing the name it began with; under another one the socket stays. */
async function socketFile(path: string): Promise<void> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(`${path}.new`, resolve);
  await promise;
  await rename(`${path}.new`, path);
  server.close();
}

/** Name → everything about it. Entries of one file with several names say which. */
export async function fingerprintOf(root: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(root, { recursive: true })).toSorted();
  const firstOf = new Map<bigint, string>();
  const found: Record<string, string> = {};
  for (const name of ['.', ...names]) {
    const path = join(root, name);
    const stats = await lstat(path, { bigint: true });
    const { mode, uid, gid, nlink, size, mtimeNs, ino, rdev, blocks } = stats;
    if (!firstOf.has(ino)) firstOf.set(ino, name);
    const holes = stats.isFile() && blocks * 512n < size ? 'holes' : 'whole';
    const content = stats.isFile() ? await sha256(path) : stats.isSymbolicLink() ? await readlink(path) : size;
    const parts = [mode.toString(8), uid, gid, nlink, mtimeNs, rdev, holes, firstOf.get(ino), content];
    found[name] = [...parts, ...attributesOf(path)].join(' ');
  }
  return found;
}

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

function attributesOf(path: string): readonly string[] {
  const list = Buffer.alloc(4096);
  const length = Number(listxattr(path, list, list.length));
  const names = list.toString('utf8', 0, length).split('\0').filter(Boolean).toSorted();
  return names.map((name) => {
    const value = Buffer.alloc(4096);
    return `${name}=${value.toString('hex', 0, Number(getxattr(path, name, value, value.length)))}`;
  });
}
