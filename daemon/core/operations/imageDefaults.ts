/** What a version takes over from its image: how its command runs, and volumes for the image's VOLUME lines. Pure. */
import type { ImageInfo } from '../engine.ts';
import { volumePrefix } from '../labels.ts';
import type { ImageDefaults, ImplicitVolume } from '../records.ts';

export const imageDefaults = (image: ImageInfo): ImageDefaults => ({
  imageId: image.id,
  cmd: image.cmd,
  entrypoint: image.entrypoint,
  user: image.user,
  workingDir: image.workingDir,
  env: image.env,
  stopSignal: image.stopSignal,
  healthcheck: image.healthcheck,
});

export const implicitVolumes = (paths: readonly string[], uid: string): ImplicitVolume[] =>
  paths.map((dest, at) => ({ name: `${volumePrefix(uid)}${at}`, dest: withoutSlash(dest) }));

/** Those that the set has for these paths, and new ones, named after the version, for the others. */
export function nextVolumes(
  paths: readonly string[],
  uid: string,
  version: number,
  known: readonly ImplicitVolume[],
): { readonly all: ImplicitVolume[]; readonly added: ImplicitVolume[] } {
  const all = paths.map(
    (dest, at) =>
      known.find((volume) => volume.dest === withoutSlash(dest)) ?? {
        name: `${volumePrefix(uid)}v${version}-${at}`,
        dest: withoutSlash(dest),
      },
  );
  return { all, added: all.filter((volume) => !known.includes(volume)) };
}

const withoutSlash = (path: string): string => path.replace(/\/+$/, '');
