/**
 * The operations of three specifications, each with what does it here: the one place where that is written down.
 *
 *  - the main contract: the API document of mayooot/gpu-docker-api, v1.0.0
 *  - OpenStack Zun, /v1/containers
 *  - Docker Remote API v1.21, containers
 *
 * Not here: routes, commands and keys, which follow from the procedures (page.ts).
 */

/** The tRPC path of a procedure, or one of the channels for bytes on the Unix socket. */
export type By = string;

export interface Mapped {
  readonly operation: string;
  /** Empty where it is not offered; the note says why. */
  readonly by: readonly By[];
  readonly note?: string;
}

const row = (operation: string, by: string, note?: string): Mapped => ({
  operation,
  by: by === '' ? [] : by.split(' '),
  ...(note === undefined ? {} : { note }),
});

export const MAIN: readonly Mapped[] = [
  row('POST /replicaSet', 'replicaSet.run'),
  row('POST /replicaSet/{name}/commit', 'replicaSet.commit'),
  row('PATCH /replicaSet/{name}/rollback', 'replicaSet.rollback'),
  row('PATCH /replicaSet/{name}', 'replicaSet.patch'),
  row('DELETE /replicaSet/{name}', 'replicaSet.remove'),
  row('GET /replicaSet/{name}', 'replicaSet.info'),
  row('PATCH /replicaSet/{name}/stop', 'replicaSet.stop'),
  row('PATCH /replicaSet/{name}/pause', 'replicaSet.pause', 'A stop that keeps GPUs and ports; not the freezer'),
  row('PATCH /replicaSet/{name}/continue', 'replicaSet.continueSet'),
  row('PATCH /replicaSet/{name}/restart', 'replicaSet.restart'),
  row('POST /replicaSet/{name}/execute', 'replicaSet.execute'),
  row('GET /replicaSet/{name}/history', 'replicaSet.history'),
  row('POST /volumes', 'volume.create'),
  row('DELETE /volumes/{name}', 'volume.remove'),
  row('GET /volumes/{name}', 'volume.info'),
  row('PATCH /volumes/{name}/size', 'volume.resize'),
  row('GET /volumes/{name}/history', 'volume.history'),
  row('GET /resources/gpus', 'resource.gpus'),
  row('GET /resources/ports', 'resource.ports'),
];

export const ZUN: readonly Mapped[] = [
  row('POST /v1/containers/', 'replicaSet.run', 'Creates and starts at once; nothing is created without a start'),
  row('GET /v1/containers/', 'replicaSet.list'),
  row('GET /v1/containers/{c}', 'replicaSet.status'),
  row('DELETE /v1/containers/{c}', 'replicaSet.remove'),
  row('POST {c}/kill', 'replicaSet.kill'),
  row('GET {c}/stats', 'replicaSet.stats'),
  row('PATCH {c}', 'replicaSet.resources', 'cpu and memory, without a restart'),
  row('POST {c}/start', 'replicaSet.start'),
  row('POST {c}/stop', 'replicaSet.stop'),
  row('POST {c}/pause', 'replicaSet.freeze', 'The freezer; `pause` of the main contract stops'),
  row('POST {c}/unpause', 'replicaSet.thaw'),
  row('POST {c}/reboot', 'replicaSet.reboot'),
  row('POST {c}/rename', 'replicaSet.rename'),
  row('GET {c}/get_archive', 'replicaSet.getArchive'),
  row('POST {c}/put_archive', 'replicaSet.putArchive'),
  row('POST {c}/add_securtiy_group', 'replicaSet.setIngress', 'Spelled so there. Answers 501 and why'),
  row('POST {c}/commit', 'replicaSet.commit'),
  row('GET {c}/attach', '/attach'),
  row('POST {c}/network_detach', 'network.detach'),
  row('POST {c}/resize', 'replicaSet.resize'),
  row('POST {c}/network_attach', 'network.attach'),
  row('POST {c}/execute', 'replicaSet.execute exec.create', 'At once, or as a session'),
  row('POST {c}/execute_resize', 'exec.resize'),
  row('GET {c}/logs', 'replicaSet.logs'),
  row('GET {c}/top', 'replicaSet.top'),
];

export const DOCKER: readonly Mapped[] = [
  row('GET /containers/json', 'replicaSet.list'),
  row('POST /containers/create', 'replicaSet.run', 'Creates and starts at once; nothing is created without a start'),
  row('GET /containers/{id}/json', 'replicaSet.inspect'),
  row('GET /containers/{id}/top', 'replicaSet.top', 'Headed `/(ps_args)` there'),
  row('GET /containers/{id}/logs', 'replicaSet.logs'),
  row('GET /containers/{id}/changes', 'replicaSet.changes'),
  row('GET /containers/{id}/export', 'replicaSet.exportFiles'),
  row('GET /containers/{id}/stats', 'replicaSet.stats'),
  row('POST /containers/{id}/resize', 'replicaSet.resize'),
  row('POST /containers/{id}/start', 'replicaSet.start'),
  row('POST /containers/{id}/stop', 'replicaSet.stop replicaSet.pause', 'Freeing its GPUs and ports, or keeping them'),
  row('POST /containers/{id}/restart', 'replicaSet.reboot', 'The same container; `restart` makes the next version'),
  row('POST /containers/{id}/kill', 'replicaSet.kill'),
  row('POST /containers/{id}/rename', 'replicaSet.rename'),
  row('POST /containers/{id}/pause', 'replicaSet.freeze', 'The freezer; `pause` of the main contract stops'),
  row('POST /containers/{id}/unpause', 'replicaSet.thaw'),
  row('POST /containers/{id}/attach', '/attach'),
  row('GET /containers/{id}/attach/ws', '/attach'),
  row('POST /containers/{id}/wait', 'replicaSet.wait'),
  row('DELETE /containers/{id}', 'replicaSet.remove'),
  row('POST /containers/{id}/copy', 'replicaSet.getArchive', 'Docker took it out of its API at 1.24, for this'),
  row('HEAD /containers/{id}/archive', 'replicaSet.statPath'),
  row('GET /containers/{id}/archive', 'replicaSet.getArchive'),
  row('PUT /containers/{id}/archive', 'replicaSet.putArchive'),
];

export const NATIVE: readonly Mapped[] = [
  row('run', 'replicaSet.run'),
  row('list', 'replicaSet.list'),
  row('info', 'replicaSet.info replicaSet.status'),
  row('inspect', 'replicaSet.inspect'),
  row('history', 'replicaSet.history replicaSet.versions'),
  row('patch', 'replicaSet.patch'),
  row('rollback', 'replicaSet.rollback'),
  row('stop', 'replicaSet.stop'),
  row('pause', 'replicaSet.pause'),
  row('continue', 'replicaSet.continueSet'),
  row('restart', 'replicaSet.restart'),
  row('freeze, thaw', 'replicaSet.freeze replicaSet.thaw'),
  row('start', 'replicaSet.start'),
  row('reboot', 'replicaSet.reboot'),
  row('kill', 'replicaSet.kill'),
  row('rename', 'replicaSet.rename'),
  row('resources', 'replicaSet.resources'),
  row('logs', 'replicaSet.logs'),
  row('stats', 'replicaSet.stats'),
  row('top', 'replicaSet.top'),
  row('changes', 'replicaSet.changes'),
  row('export', 'replicaSet.exportFiles'),
  row('archive', 'replicaSet.statPath replicaSet.getArchive replicaSet.putArchive', '`berth cp` copies either way'),
  row('wait', 'replicaSet.wait'),
  row('attach', '/attach'),
  row('resize', 'replicaSet.resize'),
  row('execute', 'replicaSet.execute'),
  row('exec sessions', '/exec exec.create exec.list exec.get exec.resize exec.kill'),
  row('commit', 'replicaSet.commit'),
  row('networks', 'network.list network.attach network.detach'),
  row('ingress', 'replicaSet.ingress replicaSet.setIngress', 'Answers 501 and why'),
  row('delete', 'replicaSet.remove'),
  row('events', 'event.watch'),
  row('volumes', 'volume.create volume.list volume.info volume.history volume.resize volume.remove'),
  row('resources of the host', 'resource.gpus resource.ports resource.gpuList resource.portList'),
];

/** Named above and not landed yet, each with its reason; a test fails when one of them is there after all. */
export const PENDING: Readonly<Record<By, string>> = {};
