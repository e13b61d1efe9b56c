/**
 * The hash chain over batches: shows a batch that went missing, at the end or in the middle.
 *
 * Each batch adds `seq/N` = { digest of its rows, hash of the previous hash and this digest }. The newest link must be
 * the one that HEAD names, and no link may be missing before it.
 *
 * Invariants
 *  - Links are contiguous; the oldest one kept is trusted, it is the checkpoint.
 *  - More links are kept than batches fit into LevelDB's logs. Loss in silence happens only there: the tables that the
 *    log turns into are all named by the manifest, and a missing one makes the open fail.
 *
 * Not here: the rows' own checksums (codecs.ts), HEAD's bytes (headFile.ts).
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../common/errors.ts';
import { decodeRow, encodeRow } from './codecs.ts';
import { chainKey, sequenceOfChainKey } from './keys.ts';

/** LevelDB's log becomes a table at this size; while that happens, the next log fills. */
export const logBytesMax = 256 * 1024;
/** What the smallest batch takes of a log: its link and the row it is there for. */
const batchBytesMin = 200;
export const linksKept = Math.ceil((2 * logBytesMax) / batchBytesMin);

/** The end of the chain: number and hash of the newest batch. */
export interface Head {
  readonly sequence: number;
  readonly hash: string;
}

export const genesis: Head = { sequence: 0, hash: '0'.repeat(64) };

/** A row to write, `json` undefined for one to delete. */
export interface RowChange {
  readonly key: string;
  readonly json: string | undefined;
}

export type BatchEntry =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

export interface SealedBatch {
  readonly head: Head;
  readonly entries: readonly BatchEntry[];
}

interface Link {
  readonly digest: string;
  readonly hash: string;
}

/** The batch that follows `previous`: its rows, its link, and the removal of the link that is no longer kept. */
export function sealBatch(previous: Head, changes: readonly RowChange[], keep = linksKept): SealedBatch {
  const sequence = previous.sequence + 1;
  const rows = changes.map(({ key, json }): BatchEntry => {
    return json === undefined ? { type: 'del', key } : { type: 'put', key, value: encodeRow(key, sequence, json) };
  });
  const digest = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  const hash = hashAfter(previous.hash, sequence, digest);
  const link = JSON.stringify({ digest, hash } satisfies Link);
  const key = chainKey(sequence);
  const entries: BatchEntry[] = [...rows, { type: 'put', key, value: encodeRow(key, sequence, link) }];
  if (sequence > keep) entries.push({ type: 'del', key: chainKey(sequence - keep) });
  return { head: { sequence, hash }, entries };
}

/** What each link, oldest first, says of the state after its batch. Throws STORE_DAMAGED where one is missing or wrong. */
export function followChain(links: readonly (readonly [string, string])[]): readonly Head[] {
  const heads: Head[] = [];
  for (const [key, text] of links) {
    const { digest, hash } = decodeRow<Link>(key, text).value;
    const sequence = sequenceOfChainKey(key);
    const before = heads.at(-1);
    if (before !== undefined && hash !== hashAfter(before.hash, before.sequence + 1, digest)) {
      throw new AppError(
        'STORE_DAMAGED',
        `the state has lost changes between batch ${before.sequence} and ${sequence}`,
      );
    }
    heads.push({ sequence, hash });
  }
  return heads;
}

const hashAfter = (previous: string, sequence: number, digest: string): string =>
  createHash('sha256').update(`${previous}\n${sequence}\n${digest}`).digest('hex');
