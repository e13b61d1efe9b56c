/**
 * What can be known before anything is felt: image, volumes, host paths. A failed check burns no version number.
 *
 * Host paths are resolved here and the resolved path is what is bound, so a symbolic link cannot lead elsewhere later.
 */
import type { Bind } from '../../../common/contract/fields.ts';
import { AppError } from '../../../common/errors.ts';
import { plainPath } from '../containerSpec.ts';
import { engine, type Operation, realPath } from '../effects.ts';
import type { ContainerState, ImageInfo } from '../engine.ts';
import type { ReplicaSetRecord, VersionRecord } from '../records.ts';
import { volumeSource } from './bindVolumes.ts';
import type { OperationContext } from './context.ts';
import { requireSet } from './intents.ts';

export function* requireImage(imageName: string): Operation<ImageInfo> {
  const image = yield* engine('inspectImage', imageName);
  if (image === undefined) throw new AppError('IMAGE_NOT_FOUND', `image ${imageName} is not on this host`);
  return image;
}

interface Running {
  readonly set: ReplicaSetRecord;
  readonly version: VersionRecord;
  readonly container: ContainerState;
}

/** The set with its container, which runs or is frozen; WRONG_STATE for any other. */
export function* requireRunning(ctx: OperationContext, name: string): Operation<Running> {
  const { set, version } = requireSet(ctx, name);
  const container = yield* engine('inspectContainer', version.containerId);
  assertRuns(set, container?.running === true);
  return { set, version, container: container as ContainerState };
}

/** Throws WRONG_STATE, saying how it is instead. */
export function assertRuns({ name, desired }: ReplicaSetRecord, runs: boolean): void {
  const isMeantToRun = desired === 'running' || desired === 'frozen';
  if (isMeantToRun && runs) return;
  const how = isMeantToRun ? 'its container has just ended' : `it is ${desired}`;
  throw new AppError('WRONG_STATE', `${name} does not run: ${how}. \`berth start ${name}\` brings it back`);
}

/** The next number whose container name is free: a container that is not Berth's may have taken one. */
export function* nextVersion(ctx: OperationContext, name: string): Operation<number> {
  let version = ctx.state.highWater(name) + 1;
  while ((yield* engine('inspectContainer', `${name}-${version}`)) !== undefined) version += 1;
  return version;
}

/** The binds as the engine takes them, `SRC:DEST`. */
export function* resolveBinds(ctx: OperationContext, binds: readonly Bind[]): Operation<string[]> {
  refuseSameDest(binds);
  const resolved: string[] = [];
  for (const bind of binds) {
    const src = bind.src.startsWith('/') ? yield* resolveHostPath(ctx, bind.src) : yield* volumeSource(ctx, bind.src);
    resolved.push(`${src}:${bind.dest}`);
  }
  return resolved;
}

function refuseSameDest(binds: readonly Bind[]): void {
  const seen = new Set<string>();
  for (const { dest } of binds) {
    const path = plainPath(dest);
    if (seen.has(path)) throw new AppError('BIND_REFUSED', `two binds have the same path in the container, ${dest}`);
    seen.add(path);
  }
}

function* resolveHostPath(ctx: OperationContext, src: string): Operation<string> {
  const { bindRoots } = ctx.settings;
  if (bindRoots.length === 0) {
    const hint = `no host directory is open to binds here; an admin allows some with bindRoots in /etc/berth/berth.toml`;
    throw new AppError('BIND_REFUSED', `host path ${src} cannot be bound: ${hint}`);
  }
  const real = yield* realPath(src);
  if (real === undefined) throw new AppError('BIND_REFUSED', `host path ${src} does not exist`);
  for (const root of bindRoots) {
    const realRoot = yield* realPath(root);
    if (realRoot !== undefined && isBelow(real, realRoot)) return real;
  }
  const led = real === src ? '' : ` (it leads to ${real})`;
  throw new AppError(
    'BIND_REFUSED',
    `host path ${src}${led} is not below an allowed directory: ${bindRoots.join(', ')}`,
  );
}

const isBelow = (path: string, root: string): boolean =>
  path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
