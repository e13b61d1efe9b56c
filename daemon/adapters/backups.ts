/**
 * Backups of the state while it is in use: taken every so often, read back before they count, the oldest given up.
 *
 *  DIR/berth-20260122T103604Z-1234.backup    the state after batch 1234
 *
 * Not here: what is in such a file (backupFile.ts).
 */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupView } from '../../common/contract/system.ts';
import { AppError } from '../../common/errors.ts';
import type { Backups, Log } from '../core/host.ts';
import { readBackup, writeBackup } from './backupFile.ts';
import type { KeptStore } from './levelStore.ts';

export interface BackupParts {
  readonly directory: string;
  /** How many are kept. */
  readonly keep: number;
  readonly store: KeptStore;
  readonly log: Log;
  readonly now: () => Date;
}

const NAME = /^berth-(\d{8}T\d{6}Z)-(\d+)\.backup$/;

export class BackupDirectory implements Backups {
  readonly #parts: BackupParts;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: BackupParts) {
    this.#parts = parts;
  }

  /** One at a time. */
  take(): Promise<BackupView> {
    const done = this.#queue.then(() => this.#take());
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #take(): Promise<BackupView> {
    const { directory, store, log } = this.#parts;
    if (store.trouble?.kind === 'damaged')
      throw new AppError('STORE_DAMAGED', `a damaged state is not backed up: ${store.trouble.reason}`);
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const path = await this.#write();
      await this.#prune();
      log.info({ path }, 'the state was backed up');
      return await viewOf(path);
    } catch (error) {
      if (error instanceof AppError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new AppError('BACKUP_FAILED', `no backup was written to ${directory}: ${why}`, { cause: error });
    }
  }

  /** Its name is its own only once it has been read back, and is durable. */
  async #write(): Promise<string> {
    const { directory, store, now } = this.#parts;
    const instance = (await store.get('meta', 'instance')) ?? '';
    const schema = Number(await store.get('meta', 'schema'));
    const { head, rows } = await store.moment();
    const at = now();
    const path = join(directory, `berth-${compact(at)}-${head.sequence}.backup`);
    const draft = `${path}.draft`;
    try {
      await rm(draft, { force: true });
      await writeBackup(draft, { instance, schema, ...head, at: at.toISOString() }, rows);
      await readBackup(draft);
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
    await using folder = await open(directory, 'r');
    await folder.sync();
    return path;
  }

  async #prune(): Promise<void> {
    const { directory, keep } = this.#parts;
    for (const name of (await namesIn(directory)).slice(keep)) await rm(join(directory, name), { force: true });
  }

  /** The newest first. */
  async list(): Promise<readonly BackupView[]> {
    const { directory } = this.#parts;
    return Promise.all((await namesIn(directory)).map((name) => viewOf(join(directory, name))));
  }

  /** Every so often, unless nothing has changed since the last one; until the signal. */
  async takeUntil(
    signal: AbortSignal,
    everyMs: number,
    sleep: (ms: number, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    while (!signal.aborted) {
      if (await this.#isDue(everyMs)) {
        await this.take().catch((error) => this.#parts.log.error({ error }, 'the state could not be backed up'));
      }
      await sleep(Math.min(everyMs, lookEveryMs), signal);
    }
  }

  async #isDue(everyMs: number): Promise<boolean> {
    const { store, now } = this.#parts;
    if (store.trouble?.kind === 'damaged') return false;
    const newest = (await this.list().catch(() => []))[0];
    if (newest === undefined) return true;
    return now().getTime() - Date.parse(newest.at) >= everyMs && newest.sequence !== store.sequence;
  }
}

/** Clocks are set and hosts sleep: it is looked at more often than it is due. */
const lookEveryMs = 60_000;

/** `20260122T103604Z` */
const compact = (at: Date): string => at.toISOString().replace(/\.\d+|[-:]/g, '');

const namesIn = async (directory: string): Promise<string[]> => {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => NAME.test(name))
    .toSorted()
    .toReversed();
};

async function viewOf(path: string): Promise<BackupView> {
  const [, at = '', sequence] = NAME.exec(path.slice(path.lastIndexOf('/') + 1)) ?? [];
  const { size } = await stat(path);
  const iso = at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  return { path, at: iso, sequence: Number(sequence), sizeBytes: size };
}

export const newestBackups = async (directory: string): Promise<readonly BackupView[]> =>
  Promise.all((await namesIn(directory)).map((name) => viewOf(join(directory, name))));
