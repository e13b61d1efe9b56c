/**
 * One request for each operation of the REST face, in an order in which each of them succeeds. They are the examples of
 * the OpenAPI document, together with what is answered to them.
 */
export interface ExampleRequest {
  readonly operation: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
}

/** Stands for the id that an answer told last. */
export const LAST_ID = '$id';

/** Images that have to be there. */
export const EXAMPLE_IMAGES = ['pytorch:2.9', 'busybox:1'];

const of = (operation: string, parameters: ExampleRequest['parameters'] = {}, body?: object): ExampleRequest => ({
  operation,
  parameters,
  ...(body === undefined ? {} : { body }),
});

const train = { name: 'train' };
const data = { name: 'data' };

export const EXAMPLE_REQUESTS: readonly ExampleRequest[] = [
  of('volume.create', {}, { name: 'data', size: '20GB' }),
  of(
    'replicaSet.run',
    {},
    {
      imageName: 'pytorch:2.9',
      replicaSetName: 'train',
      gpuCount: 2,
      binds: [{ src: 'data', dest: '/data' }],
      env: ['LR=0.01'],
      containerPorts: ['22', '6006'],
      cmd: ['sleep', '86400'],
      memory: '64GiB',
      cpu: 8,
    },
  ),
  of('replicaSet.plan', train, { verb: 'patch', gpuPatch: { gpuCount: 3 } }),
  of('replicaSet.patch', train, { gpuPatch: { gpuCount: 3 }, setEnv: ['LR=0.001'] }),
  of('replicaSet.rollback', train, { version: 1 }),
  of('replicaSet.resources', train, { memory: '128GiB' }),
  of('replicaSet.list', { state: 'running' }),
  of('replicaSet.status', train),
  of('replicaSet.info', train),
  of('replicaSet.versions', train),
  of('replicaSet.history', train),
  of('replicaSet.execute', train, { cmd: ['nvidia-smi', '-L'] }),
  of('exec.create', train, { cmd: ['sleep', '3600'], tty: true }),
  of('exec.list', train),
  of('exec.get', { id: LAST_ID }),
  of('exec.resize', { id: LAST_ID }, { w: 120, h: 40 }),
  of('exec.kill', { id: LAST_ID }),
  of('replicaSet.logs', { ...train, tail: 100 }),
  of('replicaSet.top', { ...train, psArgs: '-o pid,args' }),
  of('replicaSet.stats', train),
  of('replicaSet.wait', train, { condition: 'not-running', timeout: 0 }),
  of('replicaSet.inspect', train),
  of('replicaSet.changes', train),
  of('replicaSet.commit', train, { newImageName: 'team/train:v1' }),
  of('replicaSet.freeze', train),
  of('replicaSet.thaw', train),
  of('replicaSet.reboot', train, { timeout: 60 }),
  of('replicaSet.pause', train),
  of('replicaSet.continueSet', train),
  of('replicaSet.restart', train),
  of('replicaSet.stop', train, { timeout: 60 }),
  of('replicaSet.start', train),
  of('replicaSet.kill', train, { signal: 'USR1' }),
  of('network.list'),
  of('network.attach', train, { network: 'lab', aliases: ['trainer'] }),
  of('network.links', train),
  of('network.detach', { ...train, network: 'lab' }),
  of('replicaSet.rename', train, { newName: 'llama' }),
  of('volume.list'),
  of('volume.status', data),
  of('volume.info', data),
  of('volume.plan', data, { verb: 'volume resize', size: '50GB' }),
  of('volume.resize', data, { size: '50GB' }),
  of('volume.versions', data),
  of('volume.history', data),
  of('resource.gpus'),
  of('resource.gpuList'),
  of('resource.gpuDrain', { gpu: '3' }, { reason: 'its fan is replaced on Friday' }),
  of('resource.gpuUndrain', { gpu: '3' }),
  of('resource.ports'),
  of('resource.portList'),
  of('operation.list', { limit: 1 }),
  of('operation.get', { id: LAST_ID }),
  of('system.version'),
  of('event.watch', { name: 'llama' }),
  of('replicaSet.remove', { name: 'llama' }),
  of('volume.remove', data),
];

/** Those without an example, and why. */
export const NO_EXAMPLE: Readonly<Record<string, string>> = {
  'operation.cancel': 'needs an operation that is under way',
  'replicaSet.statPath': 'answers in a header',
  'replicaSet.getArchive': 'answers with bytes',
  'replicaSet.putArchive': 'takes bytes',
  'replicaSet.exportFiles': 'answers with bytes',
  'replicaSet.resize': 'needs a terminal of its main process',
  'replicaSet.ingress': 'is not offered',
  'replicaSet.setIngress': 'is not offered',
  'system.backup': 'writes to the disk of the daemon',
  'system.backups': 'tells of the disk of the daemon',
  'system.strays': 'needs what others left on the host',
};
