/**
 * Opens the doors: a Unix socket, a TCP address, or a socket that systemd has opened already.
 *
 * Invariants
 *  - A Unix socket carries its mode from the moment it has its name: it is bound in a directory that only we may
 *    enter, given its mode there, and renamed into place. That also replaces a stale socket in one step.
 *  - A socket that somebody answers on is never replaced, nor is a file that is not a socket.
 */
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { chmod, lstat, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

export type Where =
  | { readonly path: string; readonly mode: number }
  | { readonly host: string; readonly port: number }
  | { readonly fd: number };

/** Resolves with the address in words, such as `unix:/run/berth/berth.sock` or `http://127.0.0.1:2378`. */
export async function listen(app: FastifyInstance, where: Where): Promise<string> {
  await app.ready();
  if ('path' in where) return await listenAtPath(app, where.path, where.mode);
  await bound(app, where);
  return addressOf(app);
}

async function bound(app: FastifyInstance, target: { path: string } | { host: string; port: number } | { fd: number }) {
  app.server.listen(target);
  await once(app.server, 'listening').catch((error: unknown) => {
    throw refusal('host' in target ? `${target.host}:${target.port}` : JSON.stringify(target), String(error), error);
  });
}

function addressOf(app: FastifyInstance): string {
  const address: AddressInfo | string | null = app.server.address();
  if (address === null || typeof address === 'string') return `unix:${address ?? '(inherited)'}`;
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

async function listenAtPath(app: FastifyInstance, path: string, mode: number): Promise<string> {
  await refuseUnlessFree(path);
  const yard = await mkdtemp(join(dirname(path), '.b-')).catch((error: unknown) => {
    throw refusal(path, String(error), error);
  });
  try {
    const unnamed = join(yard, 's');
    await bound(app, { path: unnamed });
    await chmod(unnamed, mode);
    await rename(unnamed, path);
  } finally {
    await rm(yard, { recursive: true, force: true });
  }
  const { ino } = await stat(path);
  app.server.once('close', () => removeOwn(path, ino));
  return `unix:${path}`;
}

/** Leaves alone what a successor may have put in its place. */
function removeOwn(path: string, ino: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
}

async function refuseUnlessFree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw refusal(path, 'a file that is not a socket is in its place');
  if (await answers(path)) throw refusal(path, 'another process answers there already');
}

async function answers(path: string): Promise<boolean> {
  const probe = connect(path);
  try {
    await once(probe, 'connect');
    return true;
  } catch (error) {
    if (isCode(error, 'ECONNREFUSED') || isCode(error, 'ENOENT')) return false;
    throw refusal(path, String(error), error);
  } finally {
    probe.destroy();
  }
}

const refusal = (where: string, why: string, cause?: unknown): Error =>
  new Error(`cannot listen on ${where}: ${why}`, { cause });

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
