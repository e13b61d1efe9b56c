/**
 * Lists what bears Berth's marks and fits no record: containers, images and Docker volumes by their labels or names,
 * directories by where they lie. Touches nothing.
 *
 * Labels can be forged, inherited from an image, or be those of another installation: that is why nothing is removed for
 * them alone. What names an operation that ended in vain is removed by the sweep of strays.ts; then this says so.
 */
import type { StrayView } from '../../common/contract/system.ts';
import type { ContainerSummary, Engine, ImageSummary, VolumeSummary } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import { LABEL, snapshotParts, volumePrefix } from './labels.ts';
import type { VersionRecord } from './records.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { isOfNoUse } from './strays.ts';
import type { VolumeHost } from './volumeHost.ts';
import { hostIdOf } from './volumeUse.ts';

export interface StrayListParts {
  readonly state: State;
  readonly store: Store;
  readonly engine: Engine;
  readonly volumes: VolumeHost;
  readonly instance: string;
}

type Labels = Readonly<Record<string, string>>;

/** Names that records give, those of operations under way included. */
interface Recorded {
  readonly snapshots: ReadonlySet<string>;
  readonly volumes: ReadonlySet<string>;
  readonly directories: ReadonlySet<string>;
}

const SNAPSHOTS = 'berth.local/';
const VOLUMES = 'berth-';
const IN_VAIN = 'left by an operation that was undone, or of a set that was deleted; berthd removes it';

export async function listStrays(parts: StrayListParts): Promise<StrayView[]> {
  const { engine, volumes } = parts;
  try {
    const containers = await engine.listContainers();
    const images = await engine.listImages();
    const dockerVolumes = await engine.listVolumes();
    const directories = await volumes.list();
    // After the lists: what has come to be since its operation began is known by now.
    const recorded = await recordedOf(parts);
    const strays = await Promise.all([
      ...containers.map((it) => strayContainer(parts, it)),
      ...images.map((it) => strayImage(parts, recorded, it)),
      ...dockerVolumes.map((it) => strayVolume(parts, recorded, it)),
    ]);
    return [...strays.flatMap((it) => it ?? []), ...directories.flatMap((id) => strayDirectory(recorded, id))];
  } catch (error) {
    throw toAppError(error);
  }
}

async function recordedOf({ state, store }: StrayListParts): Promise<Recorded> {
  const versions: VersionRecord[] = [];
  for (const { name } of state.sets()) versions.push(...(await store.versions(name)));
  const intents = [...state.table('intent').values()];
  const changed = intents.flatMap(({ volume }) => [volume?.before ?? [], volume?.after ?? []].flat());
  const volumes = [...state.table('volume').values(), ...changed];
  return {
    snapshots: new Set([...versions.map((it) => it.snapshot?.tag ?? ''), ...intents.map((it) => it.snapshotTag ?? '')]),
    volumes: new Set([
      ...volumes.map((it) => it.dockerName ?? ''),
      ...versions.flatMap((it) => it.implicitVolumes.map(({ name }) => name)),
      ...intents.flatMap((it) => it.volumes),
    ]),
    directories: new Set(volumes.filter((it) => it.dockerName === null).map(hostIdOf)),
  };
}

async function strayContainer(parts: StrayListParts, container: ContainerSummary): Promise<StrayView | undefined> {
  const { state, store, engine } = parts;
  const { id, name, labels } = container;
  if (!isMarked(labels)) return undefined;
  const stray = (why: string): StrayView => ({ kind: 'container', name, why });
  const foreign = whyForeign(parts, labels);
  if (foreign !== undefined) return stray(foreign);
  const set = state.byUid(labels[LABEL.uid]);
  const owner = set?.name ?? labels[LABEL.replicaSet] ?? '';
  const current = state.current(owner);
  if ((set !== undefined && current?.containerId === id) || state.openIntents(owner).length > 0) return undefined;
  const ended = await store.get('audit', labels[LABEL.operation] ?? '');
  const details = await engine.inspectContainer(id);
  if (details === undefined) return undefined;
  if (isOfNoUse(ended, container, details)) return stray(IN_VAIN);
  if (set === undefined) return stray(`says that it is of ${quoted(owner)}, of which nothing is on record; left alone`);
  return stray(`says that it is of ${quoted(owner)}, whose container is ${current?.containerName}; left alone`);
}

async function strayImage(
  parts: StrayListParts,
  { snapshots }: Recorded,
  { id, tags, labels }: ImageSummary,
): Promise<StrayView | undefined> {
  const tag = tags.find((it) => it.startsWith(SNAPSHOTS));
  if ((tag === undefined && !isMarked(labels)) || tags.some((it) => snapshots.has(it))) return undefined;
  const stray = (why: string): StrayView => ({ kind: 'image', name: tag ?? tags[0] ?? id, why });
  if (tag === undefined)
    return stray(
      whyForeign(parts, labels) ?? 'bears labels of this installation, which gives none to images; left alone',
    );
  const named = snapshotParts(tag);
  const ended = named === undefined ? undefined : await parts.store.get('audit', named.operation);
  if (ended === undefined) return stray('names no operation of this installation; left alone');
  const isInVain = ended.result === 'failed' || parts.state.byUid(named?.uid) === undefined;
  return stray(isInVain ? IN_VAIN : 'no version refers to it; left alone');
}

async function strayVolume(
  parts: StrayListParts,
  { volumes }: Recorded,
  { name, labels }: VolumeSummary,
): Promise<StrayView | undefined> {
  if (volumes.has(name) || !(isMarked(labels) || name.startsWith(VOLUMES))) return undefined;
  const stray = (why: string): StrayView => ({ kind: 'volume', name, why });
  const foreign = whyForeign(parts, labels);
  if (foreign !== undefined) return stray(foreign);
  const uid = labels[LABEL.uid] ?? '';
  const ended = await parts.store.get('audit', labels[LABEL.operation] ?? '');
  const isInVain = ended !== undefined && name.startsWith(volumePrefix(uid)) && parts.state.byUid(uid) === undefined;
  return stray(isInVain ? IN_VAIN : 'no version and no volume on record has it; left alone');
}

const strayDirectory = ({ directories }: Recorded, id: string): StrayView[] =>
  directories.has(id)
    ? []
    : [{ kind: 'directory', name: id, why: 'lies among the volumes, and no volume on record has it; left alone' }];

/** A commit blanks labels that it cannot take away. */
const isMarked = (labels: Labels): boolean =>
  Object.entries(labels).some(([name, value]) => name.startsWith('berth.') && value !== '');

/** Why it is not of this installation, if it is not. */
function whyForeign({ instance }: StrayListParts, labels: Labels): string | undefined {
  const named = labels[LABEL.instance] ?? '';
  if (named === instance) return undefined;
  if (named !== '') return `is of another installation of Berth, ${quoted(named)}; left alone`;
  return 'bears marks of Berth without naming an installation: forged or inherited; left alone';
}

const quoted = (text: string): string => `"${text.slice(0, 100)}"`;
