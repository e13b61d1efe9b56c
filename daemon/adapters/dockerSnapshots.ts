/**
 * A container's files as an image: `commit` adds a layer, `flatten` makes one of all of them.
 *
 * Invariants
 *  - No snapshot carries a `berth.*` label with a value: containers inherit an image's labels, and recovery believes
 *    them.
 *  - A running container is frozen while it is committed; a writer at work was torn otherwise.
 *  - `flatten` streams: the file system is never held in memory or on disk a second time.
 */
import { Readable } from 'node:stream';
import { EngineError, type OnBytes } from '../core/engine.ts';
import { type ContainerInspectInfo, DEADLINE_MS, type DockerConnection } from './dockerConnection.ts';
import { kindOfText } from './dockerErrors.ts';

type Config = ContainerInspectInfo['Config'] & { readonly StopSignal?: string };

const OWN_LABEL = 'berth.';
/** An image that is run by hand later shows no GPUs by itself. */
const NO_GPUS = 'NVIDIA_VISIBLE_DEVICES=void';
/** Docker can only blank a variable that the container has. */
const NO_VERSION = 'CONTAINER_VERSION=';
const OWN_ENV = /^(NVIDIA_VISIBLE_DEVICES|CONTAINER_VERSION)=/;

export async function commit(
  connection: DockerConnection,
  container: string,
  tag: string,
  comment: string,
): Promise<void> {
  await connection.call(`save the files of ${container}`, DEADLINE_MS.copy, async (docker, abortSignal) => {
    const source = docker.getContainer(container);
    const { Config: config } = await source.inspect({ abortSignal });
    await source.commit({
      _query: { container, ...splitTag(tag), comment, pause: true },
      // What is named here replaces the container's own; the rest is taken over by Docker.
      _body: { Labels: blankOwn(config.Labels), Env: [NO_GPUS, NO_VERSION], StopSignal: stopSignalOf(config) },
      abortSignal,
    });
  });
}

export async function flatten(
  connection: DockerConnection,
  container: string,
  tag: string,
  comment: string,
  onBytes: OnBytes,
): Promise<void> {
  await connection.call(`flatten the files of ${container}`, DEADLINE_MS.copy, async (docker, abortSignal) => {
    const source = docker.getContainer(container);
    const { Config: config } = await source.inspect({ abortSignal });
    const archive = (await source.export({ abortSignal })) as Readable;
    const counted = Readable.from(counting(archive, onBytes), { objectMode: false });
    const answer = await docker.importImage(counted, {
      ...splitTag(tag),
      message: comment,
      changes: configChanges(config),
      abortSignal,
    });
    await assertImported(answer, container);
  });
}

async function* counting(source: AsyncIterable<Buffer>, onBytes: OnBytes): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    onBytes(bytes);
    yield chunk;
  }
}

/** An import that fails midway has answered 200 already; the failure is a line of its progress. */
async function assertImported(answer: NodeJS.ReadableStream, container: string): Promise<void> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  const [, failure] = /"error":\s*("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  if (failure !== undefined) {
    const reason = JSON.parse(failure) as string;
    throw new EngineError(
      kindOfText(reason) ?? 'failed',
      `Docker could not flatten the files of ${container}: ${reason}`,
    );
  }
  if (!text.includes('sha256:')) throw new Error('the import ended without an image');
}

/** An import knows only files; the rest is said again, in the words of a Dockerfile. STOPSIGNAL is not among them. */
function configChanges(config: Config): string[] {
  const entrypoint = config.Entrypoint ?? null;
  const env = [...(config.Env ?? []).filter((entry) => !OWN_ENV.test(entry)), NO_GPUS];
  const labels = Object.entries(config.Labels ?? {}).filter(([name]) => !name.startsWith(OWN_LABEL));
  return [
    ...(config.Cmd ? [`CMD ${JSON.stringify(config.Cmd)}`] : []),
    ...(entrypoint === null ? [] : [`ENTRYPOINT ${JSON.stringify([entrypoint].flat())}`]),
    ...(config.User ? [`USER ${config.User}`] : []),
    ...(config.WorkingDir ? [`WORKDIR ${config.WorkingDir}`] : []),
    ...env.map((entry) => assignment('ENV', ...splitOnce(entry))),
    ...labels.map(([name, value]) => assignment('LABEL', name, value)),
  ].filter((line) => !line.includes('\n')); // A Dockerfile cannot say them; the next container is told in full anyway.
}

/** Berth stops bare shells by SIGHUP; whatever runs from the image is not meant to inherit that. */
const stopSignalOf = ({ StopSignal: signal }: Config): string =>
  signal === undefined || signal === 'SIGHUP' ? 'SIGTERM' : signal;

const assignment = (verb: string, name: string, value: string): string =>
  `${verb} ${name}="${value.replace(/["\\$]/g, '\\$&')}"`;

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}

function blankOwn(labels: Readonly<Record<string, string>> | null): Record<string, string> {
  const own = Object.keys(labels ?? {}).filter((name) => name.startsWith(OWN_LABEL));
  return Object.fromEntries(own.map((name) => [name, '']));
}

/** A colon before the last slash belongs to a registry's port. */
function splitTag(tag: string): { repo: string; tag: string } {
  const at = tag.lastIndexOf(':');
  return at > tag.lastIndexOf('/') ? { repo: tag.slice(0, at), tag: tag.slice(at + 1) } : { repo: tag, tag: 'latest' };
}
