/**
 * berthd doctor --rebuild: a new state from what Docker knows, in the place of one that is lost; the old one is kept
 * aside. Docker itself is only asked.
 *
 * Not here: what follows from what (core/rebuild.ts).
 */

import { genesis, sealBatch } from './adapters/batchChain.ts';
import { rowKey } from './adapters/keys.ts';
import { MIGRATIONS, newestSchema } from './adapters/migrations/index.ts';
import { assertAlone, replaceState } from './adapters/replaceState.ts';
import { instanceOf } from './adapters/restore.ts';
import { type Engine, EngineError } from './core/engine.ts';
import { snapshotParts } from './core/labels.ts';
import { type Evidence, instancesIn, type Rebuilt, rebuild } from './core/rebuild.ts';
import { type Change, put } from './core/records.ts';
import { StartError } from './core/startError.ts';

export interface RebuildOptions {
  readonly directory: string;
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
  const evidence = await gather(engine);
  const instance = await chooseInstance(options, evidence);
  const at = now.toISOString();
  const rebuilt = rebuild(evidence, { instance, at });
  const rows: readonly Change[] = [
    put('meta', 'schema', String(newestSchema(MIGRATIONS))),
    put('meta', 'instance', instance),
    ...rebuilt.changes,
    audit(options.newId(), at, rebuilt),
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

async function gather(engine: Engine): Promise<Evidence> {
  try {
    const containers = await Promise.all((await engine.listContainers()).map(({ id }) => engine.inspectContainer(id)));
    const tags = (await engine.listImages()).flatMap((image) => image.tags).filter((tag) => snapshotParts(tag));
    const snapshots = await Promise.all(
      tags.map(async (tag) => ({ tag, comment: (await engine.inspectImage(tag))?.comment ?? '' })),
    );
    return { containers: containers.filter((container) => container !== undefined), snapshots };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new StartError(`Docker could not be asked: ${error.message}. Start it, then repeat`, { cause: error });
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

const audit = (id: string, at: string, { sets, versions }: Rebuilt): Change =>
  put('audit', id, {
    id,
    at,
    actor: 'berthd doctor',
    verb: 'rebuild',
    subject: 'state',
    before: null,
    after: null,
    result: 'ok',
    message: `${sets} sets with ${versions} versions were rebuilt from labels`,
  });
