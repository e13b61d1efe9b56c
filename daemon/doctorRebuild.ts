/**
 * berthd doctor --rebuild: a new state from what Docker and the volumes' directory know, in the place of one that is
 * lost; the old one is kept aside. Docker itself is only asked.
 *
 * Not here: what follows from what (core/rebuild.ts).
 */

import { genesis, sealBatch } from './adapters/batchChain.ts';
import { rowKey } from './adapters/keys.ts';
import { MIGRATIONS, newestSchema } from './adapters/migrations/index.ts';
import { assertAlone, replaceState } from './adapters/replaceState.ts';
import { instanceOf } from './adapters/restore.ts';
import { idsIn, placesOf, readMetadata } from './adapters/volumePlaces.ts';
import { type Engine, EngineError } from './core/engine.ts';
import { snapshotParts } from './core/labels.ts';
import { type Evidence, instancesIn, type Rebuilt, rebuild } from './core/rebuild.ts';
import type { SizedVolume } from './core/rebuildVolumes.ts';
import { type Change, put } from './core/records.ts';
import { StartError } from './core/startError.ts';

export interface RebuildOptions {
  readonly directory: string;
  /** Where volumes with a size lie. */
  readonly volumes: string;
  readonly engine: Engine;
  /** Which installation's; without it the one of the state that is there, or the only one that Docker knows. */
  readonly instance: string | undefined;
  readonly now: Date;
  readonly newId: () => string;
  /** For a copy of the state that is there. */
  readonly scratch: string;
}

export interface RebuildResult extends Rebuilt {
  readonly instance: string;
  readonly aside: string | undefined;
}

/** Throws StartError, changing nothing. */
export async function rebuildState(options: RebuildOptions): Promise<RebuildResult> {
  const { directory, engine, now } = options;
  await assertAlone(directory);
  const evidence = await gather(engine, options.volumes);
  const instance = await chooseInstance(options, evidence);
  const at = now.toISOString();
  const operation = options.newId();
  const rebuilt = rebuild(evidence, { instance, at, operation });
  const rows: readonly Change[] = [
    put('meta', 'schema', String(newestSchema(MIGRATIONS))),
    put('meta', 'instance', instance),
    ...rebuilt.changes,
    audit(operation, at, rebuilt),
  ];
  const batch = sealBatch(
    genesis,
    rows.map((row) => ({
      key: rowKey(row.table, row.key),
      json: 'del' in row ? undefined : JSON.stringify(row.value),
    })),
  );
  const aside = await replaceState({
    directory,
    migrations: MIGRATIONS,
    now,
    fill: async (database) => {
      await database.batch(batch.entries);
      return batch.head;
    },
  });
  return { ...rebuilt, instance, aside };
}

async function gather(engine: Engine, volumes: string): Promise<Evidence> {
  const sized = await sizedIn(volumes);
  try {
    const containers = await Promise.all((await engine.listContainers()).map(({ id }) => engine.inspectContainer(id)));
    const tags = (await engine.listImages()).flatMap((image) => image.tags).filter((tag) => snapshotParts(tag));
    const snapshots = await Promise.all(
      tags.map(async (tag) => ({ tag, comment: (await engine.inspectImage(tag))?.comment ?? '' })),
    );
    return {
      containers: containers.filter((container) => container !== undefined),
      snapshots,
      sized,
      dockerVolumes: await engine.listVolumes(),
    };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new StartError(`Docker could not be asked: ${error.message}. Start it, then repeat`, { cause: error });
  }
}

async function sizedIn(directory: string): Promise<readonly SizedVolume[]> {
  try {
    const ids = await idsIn(directory);
    return await Promise.all(
      ids.map(async (id) => {
        const metadata = await readMetadata(placesOf(directory, id)).catch(() => undefined);
        return { id, metadata };
      }),
    );
  } catch (error) {
    throw new StartError(`the volumes' directory ${directory} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function chooseInstance({ directory, instance, scratch }: RebuildOptions, evidence: Evidence): Promise<string> {
  const known = [...instancesIn(evidence)];
  const wanted = instance ?? (await instanceOf(directory, scratch));
  if (wanted !== undefined && known.includes(wanted)) return wanted;
  if (known.length === 0)
    throw new StartError('Docker has no container and no snapshot that carries a record of Berth');
  const [only] = known;
  if (wanted === undefined && known.length === 1 && only !== undefined) return only;
  const why = wanted === undefined ? 'Docker knows several installations' : `Docker knows nothing of ${wanted}`;
  throw new StartError(`${why}: ${known.join(', ')}. Name one with --instance`);
}

const audit = (id: string, at: string, { sets, versions, volumes }: Rebuilt): Change =>
  put('audit', id, {
    id,
    at,
    actor: 'berthd doctor',
    verb: 'rebuild',
    subject: 'state',
    before: null,
    after: null,
    result: 'ok',
    message: `${sets} sets with ${versions} versions and ${volumes} volumes were rebuilt from labels`,
  });
