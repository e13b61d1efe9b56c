/**
 * The record of a version, carried by what Docker keeps of it, so that records can be made again when the state is lost:
 * as a label of its container, and as the comment of its snapshot. Containers and images inherit no comment.
 *
 * Not here: making records from it (rebuild.ts), the labels by which recovery knows a container (labels.ts).
 */
import type { ReplicaSetRecord, VersionRecord } from './records.ts';

export interface CarriedRecord {
  readonly instance: string;
  readonly set: Pick<ReplicaSetRecord, 'uid' | 'owner' | 'createdAt'>;
  /** A snapshot also carries what was amended while its version was current. */
  readonly version: Omit<VersionRecord, 'containerId' | 'snapshot' | 'amendments'> &
    Partial<Pick<VersionRecord, 'amendments'>>;
}

/** What an engine may be asked to keep; a longer one is left out, and its version cannot be rebuilt. */
const charsMax = 256 * 1024;

export function recordText({ instance, set, version }: CarriedRecord): string | undefined {
  const { uid, owner, createdAt } = set;
  const text = JSON.stringify({ instance, set: { uid, owner, createdAt }, version });
  return text.length > charsMax ? undefined : text;
}

const FIRST_LINE = 'berth operation ';

/** The comment of a snapshot: which operation made it, and the record of the version whose files it holds. */
export const snapshotComment = (operation: string, record: CarriedRecord | undefined): string =>
  [`${FIRST_LINE}${operation}`, record === undefined ? undefined : recordText(record)]
    .filter((line) => line !== undefined)
    .join('\n');

/** The operation that a comment names; undefined for the comments of others. */
export const operationIn = (comment: string | undefined): string | undefined =>
  comment?.startsWith(FIRST_LINE) ? comment.slice(FIRST_LINE.length).split('\n')[0] : undefined;

/** Undefined for what carries none, or none that makes sense: anybody can write labels and comments. */
export function recordFrom(text: string | undefined): CarriedRecord | undefined {
  const json = text?.startsWith(FIRST_LINE) ? text.slice(text.indexOf('\n') + 1) : text;
  if (json === undefined || !json.startsWith('{')) return undefined;
  try {
    const found = JSON.parse(json) as CarriedRecord;
    const { instance, set, version } = found;
    const isOne =
      [instance, set.uid, set.owner, set.createdAt, version.name, version.containerName, version.operation].every(
        (it) => typeof it === 'string',
      ) &&
      Number.isSafeInteger(version.version) &&
      Array.isArray(version.gpus) &&
      Array.isArray(version.ports) &&
      typeof version.spec.imageName === 'string';
    return isOne ? found : undefined;
  } catch {
    return undefined;
  }
}
