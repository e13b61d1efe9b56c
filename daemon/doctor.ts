/**
 * berthd doctor: looks at everything that berthd stands on, changes nothing, and says what to do.
 *
 * Invariants
 *  - A state that somebody holds is not opened: its daemon is asked. One that nobody holds is read from a copy.
 *  - Every check that is not fine says what to do.
 *
 * Not here: making records from labels (doctorRebuild.ts), putting a backup back (adapters/restore.ts).
 */
import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { connect } from '../common/client.ts';
import { formatAge, formatBytes } from '../common/units.ts';
import { newestBackups } from './adapters/backups.ts';
import { DockerEngine } from './adapters/dockerEngine.ts';
import { holderOf } from './adapters/instanceLock.ts';
import type { Config } from './config.ts';
import { examineState, repairAdvice } from './doctorState.ts';
import { bad, type Finding, note, ok } from './finding.ts';

export async function examine(config: Config, now: Date): Promise<readonly Finding[]> {
  const directory = await examineDirectory(config.dataDir);
  const pid = await holderOf(config.dataDir);
  const state = !(await isReadable(config.dataDir))
    ? []
    : pid === undefined
      ? await examineState(config.dataDir, await newestBackup(config))
      : [ok('daemon', `berthd runs with pid ${pid}`), await askDaemon(config)];
  return [
    ok('configuration', `data ${config.dataDir}, socket ${config.socket}, Docker ${config.dockerHost}`),
    directory,
    ...state,
    await examineBackups(config, now),
    await examineEngine(config),
  ];
}

async function examineDirectory(path: string): Promise<Finding> {
  const subject = 'data directory';
  try {
    if (!(await stat(path)).isDirectory())
      return bad(subject, `${path} is no directory`, 'Name another one with --data');
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(path);
    const room = `${path}, ${formatBytes(bavail * bsize)} free`;
    return bavail * bsize < roomBytesMin ? bad(subject, room, 'Make room on this disk') : ok(subject, room);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return note(subject, `${path} does not exist; berthd makes it at its first start`);
    if (code === 'EROFS')
      return bad(
        subject,
        `${path} is on a disk that is mounted read-only`,
        'Look at dmesg: the kernel does that to disks that fail',
      );
    return bad(subject, `${path} cannot be used: ${message}`, 'Run this as root, or as the user that berthd runs as');
  }
}

/** What can only be read is looked at all the same; what is not there is told apart there. */
const isReadable = (path: string): Promise<boolean> =>
  readdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );

const roomBytesMin = 64 * 2 ** 20;

async function askDaemon({ socket }: Config): Promise<Finding> {
  try {
    const client = await connect({ socket, timeoutMs: 5000 });
    try {
      const { store } = await client.trpc.system.version.query({});
      if (store.state === 'ok') return ok('state', 'whole, says the daemon; it proves its files all the time');
      if (store.state === 'stalled')
        return bad(
          'state',
          `cannot be written: ${store.reason}`,
          'Make room on the disk of the data directory; berthd goes on by itself',
        );
      return bad('state', `damaged: ${store.reason}`, `Stop berthd, then run this again: ${repairAdvice(undefined)}`);
    } finally {
      await client.close();
    }
  } catch (error) {
    return bad(
      'state',
      `the daemon does not answer: ${(error as Error).message}`,
      'Look at its log: journalctl -u berthd',
    );
  }
}

async function examineBackups({ backup }: Config, now: Date): Promise<Finding> {
  const found = await newestBackups(backup.directory).catch((error: Error) => error);
  if (found instanceof Error)
    return bad('backups', `${backup.directory} cannot be read: ${found.message}`, 'Mend that, or set backup.dir');
  const [newest] = found;
  if (newest === undefined) return note('backups', `none in ${backup.directory}`, '`berthd backup` takes one');
  return ok(
    'backups',
    `${found.length}, the newest ${formatAge(now.getTime() - Date.parse(newest.at))} old: ${newest.path}`,
  );
}

async function examineEngine({ dockerHost }: Config): Promise<Finding> {
  try {
    const { version } = await new DockerEngine(dockerHost).info();
    return ok('Docker', `${version} answers`);
  } catch (error) {
    return bad('Docker', `does not answer: ${(error as Error).message}`, 'Start Docker, or set dockerHost');
  }
}

const newestBackup = async ({ backup }: Config): Promise<string | undefined> =>
  (await newestBackups(backup.directory).catch(() => []))[0]?.path;
