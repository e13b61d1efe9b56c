/**
 * Proves the files of the state without opening them as a database, so that nothing is changed by looking.
 *
 *  - the roots, at every start: CURRENT, the manifest it names, the logs that count, HEAD;
 *  - the tables, which hold most of the bytes, one by one: in the background (scrub.ts), or all at once (doctor).
 *
 * Invariant: a flipped bit anywhere in these files, a shorter or a missing one, is found. LevelDB's LOG and LOCK hold no
 * state. What a crash may leave is no damage: the end of a log that no answer went out for.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Damage, damage } from './damage.ts';
import { headFault, newestHead } from './headFile.ts';
import { type LogContent, readLog } from './leveldbLog.ts';
import { type LiveFiles, liveFiles } from './leveldbManifest.ts';
import { tableFault } from './leveldbTable.ts';

export interface Roots {
  readonly damages: readonly Damage[];
  /** Undefined where the manifest cannot be read. */
  readonly live: LiveFiles | undefined;
}

export async function proveRoots(directory: string): Promise<Roots> {
  const head = await bytesOf(join(directory, 'HEAD'));
  const newest = head === undefined ? undefined : newestHead(head);
  const heads = proveHead(head, newest !== undefined);
  const manifest = await proveManifest(directory);
  if ('file' in manifest) return { damages: [...heads, manifest], live: undefined };
  const logs = await proveLogs(directory, manifest.log, newest?.sequence);
  return { damages: [...heads, ...logs], live: manifest };
}

/** A crash while one entry was written spoils it; the other one still tells. */
function proveHead(bytes: Buffer | undefined, isReadable: boolean): readonly Damage[] {
  const fault = bytes === undefined ? 'it is missing' : headFault(bytes);
  if (fault === undefined) return [];
  if (!isReadable) return [damage('HEAD', fault, 'it names the newest change')];
  return [{ ...damage('HEAD', fault, 'the other entry counts; the next change mends it'), isHarmless: true }];
}

async function proveManifest(directory: string): Promise<LiveFiles | Damage> {
  const means = 'it tells which files hold the state';
  const current = await bytesOf(join(directory, 'db', 'CURRENT'));
  if (current === undefined) return damage('db/CURRENT', 'it is missing', means);
  const [, name] = /^(MANIFEST-\d{6,})\n$/.exec(current.toString('latin1')) ?? [];
  if (name === undefined) return damage('db/CURRENT', 'it does not name a manifest', means);
  const bytes = await bytesOf(join(directory, 'db', name));
  if (bytes === undefined) return damage(`db/${name}`, 'it is missing', means);
  const { records, fault, isTorn } = readLog(bytes);
  if (fault !== undefined || isTorn) return damage(`db/${name}`, fault ?? 'its end is missing', means);
  if (records.length === 0) return damage(`db/${name}`, 'it is empty', means);
  try {
    return liveFiles(records);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return damage(`db/${name}`, error.message, means);
  }
}

/** The newest changes are in no table yet. What follows the batch that HEAD names was never acknowledged. */
async function proveLogs(directory: string, oldest: number, head: number | undefined): Promise<readonly Damage[]> {
  const means = 'the newest changes are in it';
  const numbers = (await readdir(join(directory, 'db')))
    .flatMap((name) => /^(\d{6,})\.log$/.exec(name)?.[1] ?? [])
    .filter((number) => Number(number) >= oldest);
  if (!numbers.some((number) => Number(number) === oldest)) {
    return [damage(`db/${String(oldest).padStart(6, '0')}.log`, 'it is missing', means)];
  }
  const logs = await Promise.all(
    numbers.toSorted().map(async (number) => {
      const content = readLog(await readFile(join(directory, 'db', `${number}.log`)));
      return { name: `db/${number}.log`, fault: faultOf(content), newest: newestLink(content) };
    }),
  );
  const newest = logs.flatMap((log) => log.newest ?? []).at(-1);
  if (head !== undefined && newest !== undefined && newest >= head) return [];
  // Only what the chain in the tables says can tell whether a log without a single batch lost one.
  const suspects = logs.filter((log) => log.fault !== undefined && (log.fault !== tornOff || newest !== undefined));
  if (suspects.length > 0 || head === undefined || newest === undefined) {
    return suspects.map(({ name, fault = '' }) => damage(name, fault, means));
  }
  return [damage(logs.at(-1)?.name ?? 'db', `it ends at batch ${newest}, and HEAD names batch ${head}`, means)];
}

const tornOff = 'its end is missing';

const faultOf = ({ fault, isTorn }: LogContent): string | undefined => fault ?? (isTorn ? tornOff : undefined);

/** Each batch carries its number, in its link of the chain. */
function newestLink({ records }: LogContent): number | undefined {
  const links = records.flatMap((record) => [...record.toString('latin1').matchAll(/seq\/(\d{16})/g)]);
  return links.length === 0 ? undefined : Math.max(...links.map(([, number]) => Number(number)));
}

/** One after the other, so that who asks can take its time: bytes read, and what is wrong with the table. */
export async function* proveTables(
  directory: string,
  { tables }: LiveFiles,
): AsyncGenerator<{ readonly bytes: number; readonly damage: Damage | undefined }> {
  for (const [number, sizeBytes] of tables) {
    const name = `db/${String(number).padStart(6, '0')}.ldb`;
    const bytes = await bytesOf(join(directory, name));
    const fault =
      bytes === undefined
        ? 'it is missing'
        : bytes.length === sizeBytes
          ? tableFault(bytes)
          : `it has ${bytes.length} bytes instead of ${sizeBytes}`;
    const found =
      fault === undefined ? undefined : damage(name, fault, 'sets, versions or grants may be wrong or lost');
    yield { bytes: bytes?.length ?? 0, damage: found };
  }
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
