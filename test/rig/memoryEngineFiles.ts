/** Which map a path inside a container of the in-memory engine really belongs to: its own layer, a volume, or the host. */
import type { CommandWorld } from './memoryEngineShell.ts';

/** Absolute path → text. Directories exist as far as files are in them. */
export type Files = Map<string, string>;

/** What a container's paths lead to. */
export interface Layers {
  /** The container's own writable layer, image included. */
  readonly own: Files;
  readonly hostFiles: Files;
  /** `SRC:DEST`, as in the container's spec. */
  readonly binds: readonly string[];
  volumeFiles(name: string): Files;
}

interface Place {
  readonly files: Files;
  readonly path: string;
}

export function placeOf(layers: Layers, path: string): Place {
  const mounts = layers.binds.map((bind) => bind.split(':') as [string, string]);
  const mount = mounts.find(([, dest]) => path === dest || path.startsWith(`${dest}/`));
  if (mount === undefined) return { files: layers.own, path };
  const [source, dest] = mount;
  const inner = path.slice(dest.length);
  return source.startsWith('/')
    ? { files: layers.hostFiles, path: source + inner }
    : { files: layers.volumeFiles(source), path: inner };
}

/** What a command run in the container sees. */
export function worldOf(layers: Layers, env: readonly string[], gpus: readonly string[]): CommandWorld {
  return {
    env: Object.fromEntries(env.map((line) => splitOnce(line, '='))),
    gpus,
    read(path) {
      const place = placeOf(layers, path);
      return place.files.get(place.path);
    },
    write(path, text) {
      const place = placeOf(layers, path);
      place.files.set(place.path, text);
    },
    remove(path) {
      const place = placeOf(layers, path);
      const doomed = [...place.files.keys()].filter((at) => at === place.path || at.startsWith(`${place.path}/`));
      for (const at of doomed) place.files.delete(at);
      return doomed.length > 0;
    },
    list(directory) {
      const { files, path } = placeOf(layers, directory.replace(/\/$/, ''));
      const below = [...files.keys()].filter((at) => at.startsWith(`${path}/`));
      return [...new Set(below.map((at) => at.slice(path.length + 1).split('/')[0] ?? ''))].toSorted();
    },
  };
}

/** A new, empty volume receives what the image has at its place, as with Docker. */
export function fillNewVolumes(layers: Layers): void {
  for (const [source = '', dest = ''] of layers.binds.map((bind) => bind.split(':'))) {
    if (source.startsWith('/') || layers.volumeFiles(source).size > 0) continue;
    for (const [path, text] of layers.own) {
      if (path.startsWith(`${dest}/`)) layers.volumeFiles(source).set(path.slice(dest.length), text);
    }
  }
}

function splitOnce(line: string, mark: string): [string, string] {
  const at = line.indexOf(mark);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
