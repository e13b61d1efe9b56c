/**
 * Docker's container events as they come.
 *
 * Invariants
 *  - Nothing that happens after the call is missed, however late the stream is read.
 *  - It ends when the signal aborts or Docker ends it; a connection that breaks throws `down`.
 */
import { EngineError, type EngineEvent } from '../core/engine.ts';
import { DEADLINE_MS, type DockerConnection } from './dockerConnection.ts';

/** Not exec, attach, top and the like: they come with every look inside. */
const ACTIONS = [
  'create',
  'start',
  'restart',
  'die',
  'oom',
  'kill',
  'stop',
  'pause',
  'unpause',
  'rename',
  'update',
  'destroy',
];

interface RawEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> | null };
}

export function followEvents(connection: DockerConnection, signal: AbortSignal): AsyncIterable<EngineEvent> {
  const since = Date.now() / 1000;
  const stream = connection.call('tell what happens', DEADLINE_MS.read, (docker, deadline) =>
    docker.getEvents({
      since,
      filters: { type: ['container'], event: ACTIONS },
      abortSignal: AbortSignal.any([signal, deadline]),
    }),
  );
  stream.catch(() => {}); // Whoever reads it is told.
  return read(stream, signal);
}

async function* read(opening: Promise<NodeJS.ReadableStream>, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  try {
    yield* eventsIn(await opening);
  } catch (cause) {
    if (signal.aborted) return;
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('down', `the stream of Docker's events broke off: ${String(cause)}`, { cause });
  }
}

/** One JSON document a line, however the bytes are cut. */
export async function* eventsIn(stream: AsyncIterable<Buffer | string>): AsyncGenerator<EngineEvent> {
  for await (const line of linesOf(stream)) yield eventOf(JSON.parse(line) as RawEvent);
}

/** Lines of text that are not blank, however the bytes are cut. */
export async function* linesOf(stream: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
}

/** What shares its map with the labels. */
const FACTS = ['name', 'image', 'exitCode', 'execDuration', 'signal', 'oldName'];

function eventOf({ Action: action, Actor: actor }: RawEvent): EngineEvent {
  const attributes = actor.Attributes ?? {};
  const exitCode = action === 'die' && 'exitCode' in attributes ? Number(attributes.exitCode) : null;
  const labels = Object.fromEntries(Object.entries(attributes).filter(([name]) => !FACTS.includes(name)));
  return { type: 'container', action, containerId: actor.ID, labels, exitCode };
}
