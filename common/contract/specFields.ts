/**
 * What a version can be asked to be, besides image, GPUs and binds: how its command runs, who it runs as, its limits.
 * `run` takes these fields at once, `patch` changes them.
 *
 * Not here: anything that would reach the host (privileges, devices, host namespaces): no field can ask for it.
 */
import { z } from 'zod';
import { listLengthMax, stopTimeoutSMax, textCharsMax } from '../limits.ts';
import { parseSize } from '../units.ts';
import { Argument, Bind, ContainerPort, EnvEntry, GpuCount, ImageName } from './fields.ts';
import { NetworkName } from './network.ts';

const noControl = (text: string): boolean => !/\p{Cc}/u.test(text);
const idMax = 2 ** 31 - 1;
const idsFit = (text: string): boolean => (text.match(/\d+/g) ?? []).every((id) => Number(id) <= idMax);

/** `name` or `uid`, then `:group`, then further groups, which only numbers can name on every image. */
const User = z
  .string()
  .max(1024)
  .regex(
    /^([a-zA-Z_][a-zA-Z0-9_.-]*\$?|\d+)(:([a-zA-Z_][a-zA-Z0-9_.-]*\$?|\d+))?(\+\d+(,\d+)*)?$/,
    'write a user such as "1000", "1000:1000", "ada" or, with more groups, "1000:1000+27,44"',
  )
  .refine((user) => !/^\d/.test(user) || idsFit(user), `a user or group id is at most ${idMax}`)
  .refine((user) => user !== 'me', '"me" is known to the berth command alone; send your uid and gid, as "1000:1000"');

const WorkDir = z
  .string()
  .max(textCharsMax)
  .refine((path) => path.startsWith('/'), 'begin the working directory with /')
  .refine(noControl, 'a control character cannot stand in a path');

const Hostname = z
  .string()
  .max(63)
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, 'use letters, digits and inner dashes');

const Label = z
  .string()
  .max(textCharsMax)
  .regex(/^[^=\s]+=/, 'write KEY=value')
  .refine((label) => !/^berth\./i.test(label), 'labels that begin with berth. are set by Berth alone')
  .refine(noControl, 'a control character cannot stand in a label')
  .describe('KEY=value');

/** Bytes, from a text such as `8GiB`. `min`: what the engine or the kernel takes at least. */
const sizeFrom = (min: number, least: string) =>
  z
    .string()
    .max(32)
    .transform((text, ctx) => {
      const bytes = parseSize(text);
      if (bytes !== undefined && bytes >= min && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
      ctx.addIssue({
        code: 'custom',
        message: bytes === undefined ? 'write a size such as "8GiB" or "512MB"' : `a size of at least ${least}`,
      });
      return z.NEVER;
    });

const MIB = 2 ** 20;

export const Entrypoint = z
  .array(Argument)
  .max(listLengthMax)
  .transform((words) => (words.length === 1 && words[0] === '' ? [] : words))
  .refine(([program]) => program !== '', 'the entrypoint is an empty text');

/** What can be limited. All of it can be changed while the container runs. */
export const LimitFields = {
  cpu: z.number().min(0.01).max(4096).nullish().describe('CPUs, such as 1.5'),
  memory: sizeFrom(6 * MIB, '6MiB')
    .nullish()
    .describe('Memory, such as 64GiB'),
  memorySwap: sizeFrom(6 * MIB, '6MiB')
    .nullish()
    .describe('Memory and swap together; without it no swap'),
  cpuShares: z.int().min(2).max(262_144).nullish().describe('Weight where CPUs are scarce; 1024 is usual'),
  cpusetCpus: z
    .string()
    .max(1024)
    .regex(/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/, 'write CPUs such as "0-3,8"')
    .nullish()
    .describe('CPUs it may use, such as 0-3,8'),
  pidsLimit: z.int().min(1).max(4_194_304).nullish().describe('Processes and threads'),
};

const Options = {
  entrypoint: Entrypoint.nullish().describe("Program in place of the image's entrypoint; an empty text for none"),
  user: User.nullish().describe('User it runs as, as uid:gid or a name of the image'),
  workDir: WorkDir.nullish().describe('Directory its command starts in'),
  hostname: Hostname.nullish().describe('Name of the host inside'),
  init: z.boolean().nullish().describe('The small init that collects ended processes; it is there unless this says no'),
  stopTimeout: z
    .int()
    .min(0)
    .max(stopTimeoutSMax)
    .nullish()
    .describe('Seconds it has to end by itself whenever it is stopped'),
  shmSize: sizeFrom(1, '1B').nullish().describe('Size of /dev/shm, such as 16GiB'),
  ...LimitFields,
};

export const RunOptions = {
  ...Options,
  labels: z.array(Label).max(listLengthMax).nullish().describe('Labels of the container'),
  networks: z
    .array(NetworkName)
    .max(listLengthMax)
    .nullish()
    .describe('Docker networks it is on; without one, the default bridge'),
};

const some = <S extends z.ZodType>(item: S) => z.array(item).max(listLengthMax).nullish();

const RESETTABLE = [
  'cmd',
  'entrypoint',
  'user',
  'workDir',
  'hostname',
  'init',
  'stopTimeout',
  'shmSize',
  'cpu',
  'memory',
  'memorySwap',
  'cpuShares',
  'cpusetCpus',
  'pidsLimit',
] as const;

/** What patch changes; several at once make one version. */
export const PatchFields = {
  gpuPatch: z.strictObject({ gpuCount: GpuCount }).nullish().describe('Another number of GPUs'),
  volumePatch: z
    .strictObject({
      oldBind: Bind.describe('The bind to replace, as `info` shows it'),
      newBind: Bind.describe('What takes its place'),
    })
    .nullish()
    .describe('Replaces the bind equal to oldBind'),
  addBinds: some(Bind).describe('Binds to add; one whose path is bound already takes its place'),
  removeBinds: some(z.string().min(1).max(textCharsMax).describe('path')).describe('Paths in the container to unbind'),
  addPorts: some(ContainerPort).describe('Ports to publish too; those there keep their host ports'),
  removePorts: some(ContainerPort).describe('Ports not to publish any more'),
  setEnv: some(EnvEntry).describe('Environment variables to add or change'),
  unsetEnv: some(z.string().min(1).max(textCharsMax).describe('KEY')).describe('Environment variables to take out'),
  setLabels: some(Label).describe('Labels to add or change'),
  unsetLabels: some(z.string().min(1).max(textCharsMax).describe('KEY')).describe('Labels to take out'),
  imageName: ImageName.nullish().describe('Another image, whose files it begins with'),
  keepFiles: z
    .boolean()
    .nullish()
    .describe("With another image: keep every file as it is, and take only that image's command, environment and user"),
  cmd: z
    .array(Argument)
    .min(1)
    .max(listLengthMax)
    .refine(([program]) => program !== '', 'the command is an empty text')
    .nullish()
    .describe('Another command and its arguments'),
  ...Options,
  reset: some(z.enum(RESETTABLE)).describe('What to leave to the image or to the configuration again'),
};
