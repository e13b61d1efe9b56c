/** ReplicaSets: named containers with a history. Bodies and numbers of the REST routes follow the older contract. */
import { z } from 'zod';
import { executeOutputBytesMax, textCharsMax } from '../limits.ts';
import { mutation, onSet, query } from './define.ts';
import {
  Bind,
  ByName,
  Command,
  CommandToRun,
  ContainerName,
  ContainerPort,
  EnvEntry,
  GpuCount,
  ImageName,
  listOf,
  NewName,
  Nothing,
  SetName,
  Signal,
  StopTimeout,
  Version,
} from './fields.ts';
import { ContainerInfo } from './info.ts';
import { coded } from './parse.ts';
import { PatchFields, RunOptions } from './specFields.ts';
import { Amendment, PlanView, SetVerb, SetView, VersionView } from './views.ts';

export const run = mutation({
  summary: 'Creates version 1 of a replicaSet and starts it. When it fails, nothing of it remains on the host.',
  input: z.strictObject({
    imageName: ImageName,
    replicaSetName: NewName,
    gpuCount: GpuCount.default(0),
    binds: listOf(Bind).describe('Host paths and volumes to mount'),
    env: listOf(EnvEntry).describe('Environment variables'),
    containerPorts: listOf(ContainerPort).describe('Ports inside the container to publish'),
    cmd: Command.describe("Command and arguments; without one the image's own"),
    ...RunOptions,
  }),
  output: z.object({ name: z.string().describe('Container name of the new version') }),
  access: 'operate',
  rest: { method: 'POST', path: '/replicaSet', fallback: 1004 },
  cli: {
    name: 'run',
    args: ['replicaSetName', 'imageName', 'cmd'],
    flags: {
      gpuCount: { name: 'gpus', short: 'g' },
      binds: { name: 'bind', short: 'b', format: 'bind' },
      env: { name: 'env', short: 'e' },
      containerPorts: { name: 'port', short: 'p' },
      user: { name: 'user', short: 'u', format: 'user' },
      workDir: { name: 'workdir', short: 'w' },
      init: { name: 'no-init' },
      labels: { name: 'label' },
      networks: { name: 'network' },
    },
    examples: [
      'berth run train pytorch:latest --gpus 2 --port 22 --port 6006',
      'berth run mine pytorch:latest --user me --bind /data/me:/home/me --cpu 8',
      'berth run probe busybox -- sleep 600',
    ],
  },
});

export const list = query({
  summary: 'Lists the replicaSets with state, GPUs and ports.',
  input: z.strictObject({
    state: z.enum(['running', 'frozen', 'paused', 'stopped', 'exited']).optional().describe('Only sets in this state'),
  }),
  output: z.array(SetView),
  access: 'view',
  rest: { method: 'GET', path: '/replicaSet' },
  cli: { name: 'ls', aliases: ['list', 'ps'], flags: { state: { name: 'state' } } },
});

export const info = query({
  summary: 'The configuration of the current version, in the shape that existing clients know.',
  input: ByName,
  output: z.object({ info: ContainerInfo }),
  access: 'view',
  rest: { method: 'GET', path: '/replicaSet/:name', fallback: 1016 },
  cli: { absent: '`berth info` shows the same facts and more, from `status`' },
});

export const status = query({
  summary: 'One replicaSet: state, version, GPUs, ports, binds and configuration.',
  input: ByName,
  output: SetView,
  access: 'view',
  rest: { method: 'GET', path: onSet('status'), fallback: 1016 },
  cli: { name: 'info', aliases: ['show'], args: ['name'] },
});

export const history = query({
  summary: 'Every version, newest first, in the shape that existing clients know.',
  input: ByName,
  output: z.object({
    history: z.array(
      z.object({
        version: z.int(),
        createTime: z.string(),
        status: ContainerInfo,
        amendments: z.array(Amendment).optional().describe('Live changes since, where there were any'),
      }),
    ),
  }),
  access: 'view',
  rest: { method: 'GET', path: onSet('history'), fallback: 1017 },
  cli: { absent: '`berth history` draws the tree, from `versions`' },
});

export const versions = query({
  summary: 'Every version with its parent, its cause and what it changed, newest first.',
  input: ByName,
  output: z.array(VersionView),
  access: 'view',
  rest: { method: 'GET', path: onSet('versions'), fallback: 1017 },
  cli: { name: 'history', aliases: ['versions'], args: ['name'] },
});

export const patch = mutation({
  summary:
    'Recreates the set as its next version with what is changed here; files and host ports stay. Without a change it is only recreated.',
  input: z.strictObject({ name: SetName, ...PatchFields }),
  output: ContainerName,
  access: 'operate',
  rest: { method: 'PATCH', path: '/replicaSet/:name', fallback: 1007 },
  cli: {
    name: 'patch',
    args: ['name', 'cmd'],
    flags: {
      'gpuPatch.gpuCount': { name: 'gpus', short: 'g' },
      'volumePatch.oldBind': { name: 'old-bind', format: 'bind' },
      'volumePatch.newBind': { name: 'new-bind', format: 'bind' },
      addBinds: { name: 'bind', short: 'b', format: 'bind' },
      removeBinds: { name: 'unbind' },
      addPorts: { name: 'port', short: 'p' },
      removePorts: { name: 'unpublish' },
      setEnv: { name: 'env', short: 'e' },
      unsetEnv: { name: 'unset-env' },
      setLabels: { name: 'label' },
      unsetLabels: { name: 'unset-label' },
      imageName: { name: 'image' },
      user: { name: 'user', short: 'u', format: 'user' },
      workDir: { name: 'workdir', short: 'w' },
      init: { name: 'no-init' },
    },
    confirm: 'plan',
    examples: [
      'berth patch train --gpus 3',
      'berth patch train --bind data2:/data --port 8888 --env LR=0.01 --memory 128GiB',
      'berth patch train --image pytorch:2.9 --dry-run',
      'berth patch train -- python train.py --resume',
    ],
  },
});

export const rollback = mutation({
  summary: 'Makes the files and configuration of an earlier version the next version. Volumes are never rolled back.',
  input: z.strictObject({
    name: SetName,
    version: Version.min(0, {
      error: (issue) => coded('VERSION_NEGATIVE', `version is ${String(issue.input)}`),
    }).describe('Version to return to'),
  }),
  output: ContainerName.extend({
    diff: z.array(z.string()).optional().describe('What is other now than in the version that it replaces'),
  }),
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('rollback'), fallback: 1021 },
  cli: { name: 'rollback', args: ['name', 'version'], confirm: 'plan', examples: ['berth rollback train 1'] },
});

export const execute = mutation({
  summary: 'Runs one command in the container and answers with its output. It ends when the client leaves.',
  input: z.strictObject({
    name: SetName,
    cmd: CommandToRun.describe('Command and arguments'),
    workDir: z.string().max(textCharsMax).nullish().describe('Directory to run it in'),
  }),
  output: z.object({
    stdout: z.string().describe('stdout and stderr, merged in order of arrival'),
    stderr: z.string().describe('stderr alone'),
    output: z.string().describe('stdout alone'),
    exitCode: z.int(),
    truncated: z
      .boolean()
      .describe(`Whether output beyond ${executeOutputBytesMax / 2 ** 20} MiB, stdout and stderr together, was cut`),
  }),
  access: 'operate',
  idempotency: { absent: 'its output is not kept, so it could not be answered a second time' },
  rest: { method: 'POST', path: onSet('execute'), fallback: 1006 },
  cli: { absent: '`berth exec` streams over the exec channel instead' },
});

export const commit = mutation({
  summary: 'Saves the files of the current version as an image of your own.',
  input: z.strictObject({
    name: SetName,
    newImageName: z
      .string()
      .min(1)
      .max(255)
      .regex(
        /^(?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?$/,
        'write an image reference such as "team/train:v1" (lower case)',
      )
      .describe('Name of the image; without a tag it gets :latest'),
  }),
  output: z.object({ imageName: z.string() }),
  access: 'operate',
  rest: { method: 'POST', path: onSet('commit'), fallback: 1015 },
  cli: { name: 'commit', args: ['name', 'newImageName'], examples: ['berth commit train team/train:v1'] },
});

const DeleteFields = {
  strict: z.boolean().nullish().describe('Refuse to delete a set that runs'),
  force: z
    .boolean()
    .nullish()
    .describe('Delete it though it runs, whatever strict says; also what happens without both'),
  stop: z.boolean().nullish().describe('Let its processes end by themselves first, instead of killing them'),
  timeout: StopTimeout,
};

export const remove = mutation({
  summary: 'Deletes a replicaSet with its container, history and snapshots. It cannot be brought back.',
  input: z.strictObject({ name: SetName, ...DeleteFields }),
  output: Nothing,
  access: 'operate',
  rest: { method: 'DELETE', path: '/replicaSet/:name', fallback: 1005 },
  cli: { name: 'rm', aliases: ['delete'], args: ['name'], confirm: 'plan' },
});

export const plan = query({
  summary:
    'What an operation would do: which processes end, what changes, what stays, in which steps. Changes nothing.',
  input: z.strictObject({
    name: SetName,
    verb: SetVerb,
    ...PatchFields,
    version: Version.min(0).optional(),
    signal: Signal.optional().describe('That kill would send'),
    ...DeleteFields,
  }),
  output: PlanView,
  access: 'view',
  rest: { method: 'POST', path: onSet('plan'), fallback: 1016 },
  cli: { absent: 'reached as --dry-run of the verb it plans' },
});
