/**
 * What a set's containers have printed: from the engine for the current version, from what was kept for earlier ones.
 *
 * Invariant: a followed log that ends says why, as its last item.
 *
 * Not here: keeping (keptLogs.ts), moments (timeRange.ts).
 */
import type { LogItem, LogsInput } from '../../common/contract/logs.ts';
import { AppError } from '../../common/errors.ts';
import type { Caller } from '../../common/services.ts';
import type { LogQuery, OutputChunk } from './engineStreams.ts';
import { describeFate, fateOf, nameNow, pin } from './fates.ts';
import { type LogFiles, readKept } from './keptLogs.ts';
import { explained, type LookParts } from './liveContainer.ts';
import { requireSet } from './operations/intents.ts';
import { type ReplicaSetRecord, versionKey } from './records.ts';
import type { Store } from './store.ts';
import { parseMoment } from './timeRange.ts';

export interface LogParts extends LookParts {
  readonly store: Store;
  readonly logFiles: LogFiles;
  readonly now: () => Date;
}

/** Tells that there is a log, before anything was printed. */
const OPENED: LogItem = { stream: 'note', text: '' };
const note = (text: string): LogItem => ({ stream: 'note', text: `-- ${text}\n` });

export async function* logs(parts: LogParts, input: LogsInput, { signal }: Caller): AsyncGenerator<LogItem> {
  const { set, version } = requireSet(parts, input.name);
  try {
    const query = queryOf(input, parts.now());
    yield* input.version === undefined || input.version === version.version
      ? live(parts, set, input, query, signal)
      : kept(parts, input.name, input.version, query);
  } catch (error) {
    throw explained(parts, nameNow(parts, set), error);
  }
}

function queryOf(input: LogsInput, now: Date): LogQuery {
  const { stdout, stderr, tail, timestamps, follow } = input;
  if (!stdout && !stderr) throw new AppError('BAD_INPUT', 'choose stdout, stderr or both');
  const moment = (field: 'since' | 'until'): string | undefined => {
    const text = input[field];
    return text === undefined ? undefined : parseMoment(text, field, now);
  };
  return { stdout, stderr, tail, timestamps, follow, since: moment('since'), until: moment('until') };
}

async function* live(
  parts: LogParts,
  asked: ReplicaSetRecord,
  { follow, resume }: LogsInput,
  first: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogItem> {
  for (let query = first; ; ) {
    const { set, version } = requireSet(parts, nameNow(parts, asked));
    const source = await parts.engine.logs(version.containerId, query, signal);
    yield OPENED;
    yield* texts(source);
    if (!follow || signal.aborted) return;
    const fate = await fateOf(parts, pin(set, version), signal);
    if (fate === undefined) return;
    const container = fate.kind === 'stays' ? await parts.engine.inspectContainer(version.containerId) : undefined;
    const isBack = container?.running === true;
    yield note(describeFate(fate, nameNow(parts, set), version.version, isBack));
    if (!resume || !(isBack || fate.kind === 'replaced')) return;
    // The same container's log holds what was shown already; a successor's is read from its beginning.
    const since = isBack ? parseMoment(container.finishedAt ?? version.createdAt, 'since', parts.now()) : undefined;
    query = { ...first, since, tail: undefined };
  }
}

async function* kept(parts: LogParts, name: string, version: number, query: LogQuery): AsyncGenerator<LogItem> {
  const { set } = requireSet(parts, name);
  if ((await parts.store.get('version', versionKey(name, version))) === undefined) {
    throw new AppError('VERSION_NOT_FOUND', `${name} has no version ${version}`);
  }
  const bytes = await parts.logFiles.read(set.uid, version);
  if (bytes === undefined) throw new AppError('LOGS_NOT_KEPT', `the log of ${name} version ${version} was not kept`);
  yield OPENED;
  yield* readKept(bytes, query);
  if (query.follow) yield note(`version ${version} replaced by ${set.current}`);
}

/** Characters that a chunk cuts through are put together again. */
async function* texts(source: AsyncIterable<OutputChunk>): AsyncGenerator<LogItem> {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const { stream, bytes } of source) {
    const text = decoders[stream].decode(bytes, { stream: true });
    if (text !== '') yield { stream, text };
  }
}
