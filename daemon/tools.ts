/**
 * The commands of berthd beside `serve` that deal with the state: backup, restore, doctor. Each returns its exit code.
 *
 * Not here: the command line (configFlags.ts), what each of them does (adapters/, doctor.ts, doctorRebuild.ts).
 */
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ulid } from 'ulid';
import { connect } from '../common/client.ts';
import { failureOf } from '../common/clientFailure.ts';
import type { BackupView } from '../common/contract/system.ts';
import { formatBytes } from '../common/units.ts';
import { BackupDirectory } from './adapters/backups.ts';
import { DockerEngine } from './adapters/dockerEngine.ts';
import { holderOf } from './adapters/instanceLock.ts';
import { openLevelStore } from './adapters/levelStore.ts';
import { MIGRATIONS } from './adapters/migrations/index.ts';
import { restore } from './adapters/restore.ts';
import type { Config } from './config.ts';
import type { ToolOptions } from './configFlags.ts';
import { StartError } from './core/startError.ts';
import { examine } from './doctor.ts';
import { rebuildState } from './doctorRebuild.ts';
import { isHealthy, report } from './finding.ts';

export interface ToolRun {
  readonly config: Config;
  readonly options: ToolOptions;
  readonly print: (text: string) => void;
}

export async function runTool(command: 'backup' | 'restore' | 'doctor', run: ToolRun): Promise<number> {
  if (command === 'backup') return runBackup(run);
  if (command === 'restore') return runRestore(run);
  return run.options.rebuild ? runRebuild(run) : runDoctor(run);
}

/** Through the daemon where one runs, since it holds the state. */
async function runBackup({ config, options: { file }, print }: ToolRun): Promise<number> {
  const view = (await holderOf(config.dataDir)) === undefined ? await backupHere(config) : await askForBackup(config);
  const path = file === undefined ? view.path : await copyTo(view.path, file);
  print(`${path} (${formatBytes(view.sizeBytes)}, the state after change ${view.sequence})`);
  return 0;
}

async function backupHere({ dataDir, backup }: Config): Promise<BackupView> {
  const store = await openLevelStore({ directory: dataDir, createIfMissing: false });
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  try {
    const backups = new BackupDirectory({ ...backup, store, log, now: () => new Date() });
    return await backups.take();
  } catch (error) {
    throw new StartError((error as Error).message, { cause: error });
  } finally {
    await store.close();
  }
}

async function askForBackup({ socket }: Config): Promise<BackupView> {
  try {
    const client = await connect({ socket });
    return await client.trpc.system.backup.mutate({}).finally(() => client.close());
  } catch (error) {
    throw new StartError(`the running berthd took no backup: ${failureOf(error).message}`, { cause: error });
  }
}

/** `to` is a new file, or a directory that is there. */
async function copyTo(from: string, to: string): Promise<string> {
  const isDirectory = await stat(to).then(
    (it) => it.isDirectory(),
    () => false,
  );
  const path = isDirectory ? join(to, basename(from)) : to;
  try {
    await copyFile(from, path);
    return path;
  } catch (error) {
    throw new StartError(`the backup lies in ${from}, but was not copied to ${path}: ${(error as Error).message}`);
  }
}

async function runRestore({ config: { dataDir }, options: { file, force }, print }: ToolRun): Promise<number> {
  if (file === undefined) throw new StartError('name the backup: `berthd restore FILE`', { exitCode: 2 });
  const done = await withScratch((scratch) =>
    restore({ file, directory: dataDir, migrations: MIGRATIONS, force, now: new Date(), scratch }),
  );
  print(`The state of ${done.at} is back: ${done.rows} rows, to change ${done.sequence}.`);
  if (done.aside !== undefined) print(`What was there lies in ${done.aside}.`);
  print(
    'Start berthd: it compares every set with Docker. Sets made since that moment are unknown to it; their containers are left alone.',
  );
  return 0;
}

async function runDoctor({ config, print }: ToolRun): Promise<number> {
  const findings = await examine(config, new Date());
  print(report(findings));
  return isHealthy(findings) ? 0 : 1;
}

async function runRebuild({ config, options: { instance }, print }: ToolRun): Promise<number> {
  const engine = new DockerEngine(config.dockerHost);
  const done = await withScratch((scratch) =>
    rebuildState({
      directory: config.dataDir,
      volumes: config.volumes.directory,
      engine,
      instance,
      now: new Date(),
      newId: ulid,
      scratch,
    }),
  );
  print(
    `Rebuilt ${done.sets} replicaSets with ${done.versions} versions and ${done.volumes} volumes of the installation ${done.instance}.`,
  );
  for (const line of done.notes) print(`note  ${line}`);
  if (done.aside !== undefined) print(`What was there lies in ${done.aside}.`);
  print(
    'Audit, drains, quarantines, live changes of current versions and the numbers of what was deleted are not in the labels. Start berthd, then look: `berth ls`.',
  );
  return 0;
}

async function withScratch<T>(work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'berthd-'));
  try {
    return await work(join(scratch, 'db'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
