/**
 * `berth cp`: files between this host and a set's container, as a tar that is unpacked while it comes.
 *
 * Invariants
 *  - Nothing is written outside the place that was named, whatever an archive holds: links out of it and absolute paths
 *    are refused, and so are devices.
 *  - What comes belongs to the caller, without setuid; what goes belongs to root, as with Docker.
 *
 * Not here: which name things get where (copyPlan.ts).
 */
import { lstat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadEntry, WriteEntry } from 'tar';
import { type ByteRequest, openBytes } from '../../common/byteClient.ts';
import { failureOf } from '../../common/clientFailure.ts';
import { directoryMode, getArchive, type PathStat, pathStatHeader, putArchive } from '../../common/contract/archive.ts';
import type { RestRoute } from '../../common/contract/define.ts';
import { safe } from '../safe.ts';
import type { Context } from './context.ts';
import { type Direction, type Place, planInto, planOut, renamed } from './copyPlan.ts';
import { UsageError } from './input.ts';
import { brokenOff } from './streams.ts';
import { exitCode } from './terminal.ts';

/** Returns the exit code. Throws ClientError and UsageError. */
export async function copy(context: Context, direction: Direction): Promise<number> {
  if (direction.kind === 'out') await copyOut(context, direction.set, direction.path, direction.local);
  else await copyIn(context, direction.local, direction.set, direction.path);
  return exitCode.ok;
}

async function copyOut(context: Context, name: string, path: string, local: string): Promise<void> {
  const answer = await openBytes(context.socket, { route: getArchive.rest as RestRoute, input: { name, path } });
  if (local === '-') {
    if (context.terminal.stdout.isTTY === true) throw new UsageError('an archive is no text for a terminal');
    return await pipeline(answer, context.terminal.stdout, { end: false }).catch(brokenOff);
  }
  const stat = statIn(answer.headers[pathStatHeader.toLowerCase()]);
  const target = resolve(context.terminal.directory, local);
  const plan = planOut(
    { name: stat.name, isDirectory: stat.mode >= directoryMode, path },
    target,
    await lookAt(target),
    local,
  );
  const { Unpack } = await import('tar');
  const skipped: string[] = [];
  const unpack = new Unpack({
    cwd: plan.folder,
    preserveOwner: false,
    strict: false,
    onwarn: (_code, message) => skipped.push(String(message)),
    onReadEntry: (entry: ReadEntry) => {
      entry.path = renamed(entry.path, plan);
      if (entry.type === 'Link' && entry.linkpath !== undefined) entry.linkpath = renamed(entry.linkpath, plan);
      if (entry.mode !== undefined) entry.mode &= 0o777;
    },
  });
  // What cannot be written here says so itself.
  const ofConnection = (error: unknown): never => (answer.errored === error ? brokenOff(error) : fail(error));
  await pipeline(answer, async (source: AsyncIterable<Buffer>) => {
    const written = new Promise<void>((done, fail) => {
      unpack.on('close', () => done());
      unpack.on('error', fail);
    });
    for await (const chunk of source) {
      if (!unpack.write(chunk)) await Promise.race([new Promise((drained) => unpack.once('drain', drained)), written]);
    }
    unpack.end();
    await written;
  }).catch(ofConnection);
  for (const message of skipped) context.note(safe(message));
}

function fail(error: unknown): never {
  throw error;
}

async function copyIn(context: Context, local: string, name: string, path: string): Promise<void> {
  const put = (folder: string, body: Readable): Promise<unknown> => {
    const request: ByteRequest = { route: putArchive.rest as RestRoute, input: { name, path: folder }, body };
    return openBytes(context.socket, request).then((answer) => answer.resume());
  };
  if (local === '-') return void (await put(path, context.terminal.stdin));
  const source = resolve(context.terminal.directory, local);
  const here = await lookAt(source);
  if (here === 'nothing' || here === 'nowhere') throw new UsageError(`there is no ${local}`);
  const plan = planInto(
    { source, isDirectory: here === 'directory', given: local },
    path,
    await lookInside(context, name, path),
  );
  const { Pack } = await import('tar');
  const pack = new Pack({
    cwd: plan.cwd,
    portable: true,
    onWriteEntry: (entry: WriteEntry) => {
      entry.path = renamed(entry.path, plan);
    },
  });
  pack.add(plan.entry);
  pack.end();
  await put(plan.folder, Readable.from(pack as AsyncIterable<Buffer>, { objectMode: false }));
}

async function lookAt(path: string): Promise<Place> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined)
    return (await lstat(dirname(path)).catch(() => undefined)) === undefined ? 'nowhere' : 'nothing';
  return found.isDirectory() ? 'directory' : 'file';
}

async function lookInside(context: Context, name: string, path: string): Promise<Place> {
  const client = await context.connect();
  try {
    const stat = await client.trpc.replicaSet.statPath.query({ name, path });
    return stat.mode >= directoryMode ? 'directory' : 'file';
  } catch (error) {
    if (failureOf(error).code === 'PATH_NOT_FOUND') return 'nothing';
    throw error;
  } finally {
    await client.close();
  }
}

const statIn = (header: string | string[] | undefined): PathStat =>
  JSON.parse(Buffer.from(String(header), 'base64').toString()) as PathStat;
