/** From what run and patch are asked for to what a version is to be. Pure. */
import type { z } from 'zod';
import type { Bind } from '../../common/contract/fields.ts';
import type { patch, run } from '../../common/contract/replicaSet.ts';
import type { LimitFields } from '../../common/contract/specFields.ts';
import { AppError } from '../../common/errors.ts';
import { mergeEnv, plainPath } from './containerSpec.ts';
import { hostIpOf, withProtocol } from './publishedPort.ts';
import type { Limits, VersionSpec } from './records.ts';

type Fixed<T> = T extends readonly (infer Item)[]
  ? readonly Fixed<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Fixed<T[K]> }
    : T;

type PatchFields = Fixed<Omit<z.output<typeof patch.input>, 'name'>>;
export type PatchInput = { readonly [K in keyof PatchFields]?: PatchFields[K] } & { readonly name: string };
export type RunInput = Fixed<z.output<typeof run.input>>;
export type LimitInput = { readonly [K in keyof typeof LimitFields]?: z.output<(typeof LimitFields)[K]> };

const NO_LIMITS: Limits = {
  nanoCpus: null,
  memoryBytes: null,
  memorySwapBytes: null,
  cpuShares: null,
  cpusetCpus: null,
  pidsMax: null,
};

/** Everything that can be left to the image or to the configuration, left to them. */
export const LEFT_OPEN = {
  entrypoint: null,
  user: null,
  workDir: null,
  hostname: null,
  init: null,
  stopTimeoutS: null,
  shmBytes: null,
  labels: [],
  limits: NO_LIMITS,
  networks: null,
} as const satisfies Partial<VersionSpec>;

export function specOf(input: RunInput): VersionSpec {
  const { imageName, gpuCount, binds, env, containerPorts, cmd } = input;
  const asked = withOptions({ imageName, gpuCount, binds, env, containerPorts, cmd, ...LEFT_OPEN }, input);
  const networks = [...new Set(input.networks ?? [])].map((network) => ({ network, aliases: [], ipv4: null }));
  return {
    ...asked,
    labels: mergeEnv([], input.labels ?? []),
    networks: networks.length === 0 ? null : networks,
  };
}

/** Throws BIND_NOT_FOUND and BAD_INPUT for a change of what is not there. */
export function patchedSpec(spec: VersionSpec, patch: PatchInput): VersionSpec {
  if (patch.keepFiles != null && patch.imageName == null)
    throw new AppError(
      'BAD_INPUT',
      'keepFiles says what to do with the files when imageName changes; name an image too',
    );
  let left = spec;
  for (const field of patch.reset ?? []) left = { ...left, ...LEAVE[field](left) };
  return {
    ...withOptions(left, patch),
    gpuCount: patch.gpuPatch?.gpuCount ?? spec.gpuCount,
    imageName: patch.imageName ?? spec.imageName,
    binds: patchedBinds(spec.binds, patch),
    containerPorts: patchedPorts(spec.containerPorts, patch),
    env: patchedList('env variable', spec.env, patch.setEnv, patch.unsetEnv, patch.name),
    labels: patchedList('label', spec.labels, patch.setLabels, patch.unsetLabels, patch.name),
    cmd: patch.cmd ?? left.cmd,
  };
}

const limit =
  (field: keyof Limits) =>
  ({ limits }: VersionSpec): Partial<VersionSpec> => ({ limits: { ...limits, [field]: null } });

const LEAVE: Readonly<Record<NonNullable<PatchInput['reset']>[number], (spec: VersionSpec) => Partial<VersionSpec>>> = {
  cmd: () => ({ cmd: [] }),
  entrypoint: () => ({ entrypoint: null }),
  user: () => ({ user: null }),
  workDir: () => ({ workDir: null }),
  hostname: () => ({ hostname: null }),
  init: () => ({ init: null }),
  stopTimeout: () => ({ stopTimeoutS: null }),
  shmSize: () => ({ shmBytes: null }),
  cpu: limit('nanoCpus'),
  memory: ({ limits }) => ({ limits: { ...limits, memoryBytes: null, memorySwapBytes: null } }),
  memorySwap: limit('memorySwapBytes'),
  cpuShares: limit('cpuShares'),
  cpusetCpus: limit('cpusetCpus'),
  pidsLimit: limit('pidsMax'),
};

type Options = LimitInput &
  Pick<PatchInput, 'entrypoint' | 'user' | 'workDir' | 'hostname' | 'init' | 'stopTimeout' | 'shmSize'>;

const withOptions = (spec: VersionSpec, asked: Options): VersionSpec => ({
  ...spec,
  entrypoint: asked.entrypoint ?? spec.entrypoint,
  user: asked.user ?? spec.user,
  workDir: asked.workDir ?? spec.workDir,
  hostname: asked.hostname ?? spec.hostname,
  init: asked.init ?? spec.init,
  stopTimeoutS: asked.stopTimeout ?? spec.stopTimeoutS,
  shmBytes: asked.shmSize ?? spec.shmBytes,
  limits: withLimits(spec.limits, asked),
});

/** Throws BAD_INPUT for swap without memory, and for less swap than memory. */
export function withLimits(limits: Limits, asked: LimitInput): Limits {
  const now = {
    nanoCpus: asked.cpu == null ? limits.nanoCpus : Math.round(asked.cpu * 1e9),
    memoryBytes: asked.memory ?? limits.memoryBytes,
    memorySwapBytes: asked.memorySwap ?? (asked.memory == null ? limits.memorySwapBytes : null),
    cpuShares: asked.cpuShares ?? limits.cpuShares,
    cpusetCpus: asked.cpusetCpus ?? limits.cpusetCpus,
    pidsMax: asked.pidsLimit ?? limits.pidsMax,
  };
  const { memoryBytes, memorySwapBytes } = now;
  if (memorySwapBytes === null) return now;
  if (memoryBytes === null) throw new AppError('BAD_INPUT', 'memorySwap needs memory beside it: it is the sum of both');
  if (memorySwapBytes < memoryBytes)
    throw new AppError('BAD_INPUT', 'memorySwap is memory and swap together, so it cannot be less than memory');
  return now;
}

function patchedBinds(binds: readonly Bind[], patch: PatchInput): readonly Bind[] {
  const replaced = replacedBind(binds, patch);
  const removed = (patch.removeBinds ?? []).map((path) => {
    const bind = replaced.find(({ dest }) => plainPath(dest) === plainPath(path));
    if (bind === undefined) throw new AppError('BIND_NOT_FOUND', `${patch.name} has nothing bound at ${path}`);
    return bind;
  });
  const kept = replaced.filter((bind) => !removed.includes(bind));
  const added = patch.addBinds ?? [];
  const successor = (bind: Bind): Bind | undefined =>
    added.find(({ dest }) => plainPath(dest) === plainPath(bind.dest));
  const inPlace = kept.map((bind) => successor(bind) ?? bind);
  return [...inPlace, ...added.filter((bind) => !inPlace.includes(bind))];
}

function replacedBind(binds: readonly Bind[], { name, volumePatch }: PatchInput): readonly Bind[] {
  if (volumePatch == null) return binds;
  const { oldBind, newBind } = volumePatch;
  const at = binds.findIndex((bind) => bind.src === oldBind.src && bind.dest === oldBind.dest);
  if (at === -1) throw new AppError('BIND_NOT_FOUND', `${name} has no bind ${oldBind.src}:${oldBind.dest}`);
  return binds.with(at, newBind);
}

function patchedPorts(ports: readonly string[], patch: PatchInput): readonly string[] {
  const removed = (patch.removePorts ?? []).map(withProtocol);
  const missing = removed.find((port) => !ports.some((it) => withProtocol(it) === port));
  if (missing !== undefined) throw new AppError('BAD_INPUT', `${patch.name} does not publish port ${missing}`);
  const added = patch.addPorts ?? [];
  const isSame = (a: string, b: string): boolean =>
    withProtocol(a) === withProtocol(b) && hostIpOf(a).hostIp === hostIpOf(b).hostIp;
  const elsewhere = (port: string): string | undefined =>
    added.find((it) => withProtocol(it) === withProtocol(port) && !isSame(it, port));
  const kept = ports.filter((port) => !removed.includes(withProtocol(port))).map((port) => elsewhere(port) ?? port);
  return [...kept, ...added.filter((port) => !kept.some((it) => isSame(it, port)))];
}

function patchedList(
  what: string,
  entries: readonly string[],
  set: readonly string[] | null | undefined,
  unset: readonly string[] | null | undefined,
  name: string,
): readonly string[] {
  const keyOf = (entry: string): string => entry.split('=', 1)[0] ?? '';
  const gone = new Set(unset ?? []);
  const missing = [...gone].find((key) => !entries.some((entry) => keyOf(entry) === key));
  if (missing !== undefined) throw new AppError('BAD_INPUT', `${name} has no ${what} ${missing} of its own`);
  const over = set ?? [];
  const kept = entries.filter((entry) => !gone.has(keyOf(entry)));
  const inPlace = kept.map((entry) => over.find((it) => keyOf(it) === keyOf(entry)) ?? entry);
  return [...inPlace, ...over.filter((entry) => !inPlace.includes(entry))];
}
