/** Files into and out of a set's container, running or not. The bytes pass through and are never held. */
import type { Services } from '../../common/services.ts';
import type { ByteStream } from './engineStreams.ts';
import { asked, explained, type LookParts, liveContainer } from './liveContainer.ts';

type Archives = Pick<Services['replicaSet'], 'statPath' | 'getArchive' | 'putArchive' | 'exportFiles'>;

export function archives(parts: LookParts): Archives {
  const inContainer = <T>(name: string, call: (container: string) => Promise<T>): Promise<T> =>
    asked(parts, name, async () => call((await liveContainer(parts, name, false)).container.id));
  return {
    statPath: ({ name, path }) => inContainer(name, (id) => parts.engine.statPath(id, path)),
    getArchive: ({ name, path }, { signal }) =>
      inContainer(name, async (id) => {
        const { stat, bytes } = await parts.engine.readArchive(id, path, signal);
        return { output: stat, bytes: explaining(parts, name, bytes) };
      }),
    putArchive: ({ name, path, ...options }, { signal }, body) =>
      inContainer(name, async (id) => {
        await parts.engine.writeArchive(id, path, body, options, signal);
        return { output: null };
      }),
    exportFiles: ({ name }, { signal }) =>
      inContainer(name, async (id) => {
        const bytes = await parts.engine.exportFiles(id, signal);
        return { output: null, bytes: explaining(parts, name, bytes) };
      }),
  };
}

async function* explaining(parts: LookParts, name: string, bytes: ByteStream): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw explained(parts, name, error);
  }
}
