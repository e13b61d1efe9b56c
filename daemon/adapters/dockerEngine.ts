/**
 * Engine over the Docker API, 1.41 (Docker 20.10) and later.
 *
 * Not here: looks and streams (dockerStreams.ts), what failures mean (dockerErrors.ts), create bodies (dockerSpec.ts), answers (dockerState.ts), commit and
 * flatten (dockerSnapshots.ts), exec sessions (dockerExec.ts), networks (dockerNetworks.ts), events (dockerEvents.ts).
 */
import {
  type ContainerProcess,
  type ContainerSpec,
  type ContainerState,
  type ContainerSummary,
  type Endpoint,
  type Engine,
  EngineError,
  type EngineEvent,
  type EngineInfo,
  type ExecSession,
  type ExecSpec,
  type ImageInfo,
  type ImageSummary,
  type NetworkInfo,
  type OnBytes,
  type VolumeSummary,
} from '../core/engine.ts';
import { DEADLINE_MS, DockerConnection, type Send } from './dockerConnection.ts';
import { isNotModified } from './dockerErrors.ts';
import { followEvents } from './dockerEvents.ts';
import { openExec } from './dockerExec.ts';
import { updateBody } from './dockerLimits.ts';
import { connect, disconnect, inspectNetwork, listNetworks } from './dockerNetworks.ts';
import { commit, flatten } from './dockerSnapshots.ts';
import { createBody } from './dockerSpec.ts';
import { containerState, imageInfo } from './dockerState.ts';
import { DockerStreams } from './dockerStreams.ts';
import { canRaiseUlimits } from './dockerUlimits.ts';

const API_MIN = { major: 1, minor: 41 };
/** Docker kills what has not ended by itself; then it needs a moment of its own. */
const STOP_MARGIN_MS = 60_000;

type Labels = Readonly<Record<string, string>>;

export class DockerEngine extends DockerStreams implements Engine {
  readonly #connection: DockerConnection;
  /** Unknown until the first create; a start that fails for it corrects what was read from the host. */
  #canRaiseUlimits: boolean | undefined;

  /** `unix:///path` or `tcp://host:port`. Nothing is sent before the first call. */
  constructor(dockerHost: string) {
    const connection = new DockerConnection(dockerHost);
    super(connection);
    this.#connection = connection;
  }

  /** Rejects with `failed` for what speaks Docker's language and is not fit to be Berth's engine. */
  async info(): Promise<EngineInfo> {
    const answer = await this.#read('say its version', (docker) => docker.version());
    const { Version: version, ApiVersion: apiVersion, Components: components } = answer;
    if (components?.some(({ Name }) => /podman/i.test(Name))) {
      throw new EngineError('failed', `this is Podman ${version}, which ignores requests for GPUs; Berth needs Docker`);
    }
    const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
    if (major < API_MIN.major || (major === API_MIN.major && minor < API_MIN.minor)) {
      throw new EngineError(
        'failed',
        `Docker ${version} speaks API ${apiVersion}; Berth needs 1.41, Docker 20.10 or later`,
      );
    }
    return { version, apiVersion };
  }

  async create(spec: ContainerSpec): Promise<string> {
    this.#canRaiseUlimits ??= await canRaiseUlimits();
    const body = createBody(spec, this.#canRaiseUlimits);
    const { id } = await this.#change(`create ${spec.name}`, (docker, abortSignal) =>
      docker.createContainer({ ...body, abortSignal }),
    );
    return id;
  }

  async start(container: string): Promise<void> {
    try {
      await this.#change(`start ${container}`, (docker, abortSignal) =>
        docker.getContainer(container).start({ abortSignal }).catch(unlessDone),
      );
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'limits') this.#canRaiseUlimits = false;
      throw error;
    }
  }

  async stop(container: string, timeoutS: number): Promise<void> {
    const deadlineMs = timeoutS * 1000 + STOP_MARGIN_MS;
    await this.#connection.call(`stop ${container}`, deadlineMs, (docker, abortSignal) =>
      docker.getContainer(container).stop({ t: timeoutS, abortSignal }).catch(unlessDone),
    );
  }

  async kill(container: string, signal: string): Promise<void> {
    await this.#change(`send ${signal} to ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).kill({ signal, abortSignal }),
    );
  }

  async update(container: string, limits: ContainerSpec['limits']): Promise<void> {
    const host = await this.#read('say what the host has', (docker) => docker.info());
    await this.#change(`limit ${container}`, async (docker, abortSignal) => {
      const { HostConfig: present } = await docker.getContainer(container).inspect({ abortSignal });
      await docker
        .getContainer(container)
        .update({ ...updateBody(limits, present, (host as { NCPU: number }).NCPU), abortSignal });
    });
  }

  async freeze(container: string): Promise<void> {
    await this.#change(`freeze ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).pause({ abortSignal }),
    );
  }

  async thaw(container: string): Promise<void> {
    await this.#change(`thaw ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).unpause({ abortSignal }),
    );
  }

  async remove(container: string): Promise<void> {
    await this.#change(`remove ${container}`, (docker) =>
      docker.getContainer(container).remove({ force: true, v: true }),
    );
  }

  async inspectContainer(container: string): Promise<ContainerState | undefined> {
    const info = await this.#connection.find(`show ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).inspect({ abortSignal }),
    );
    return info && containerState(info);
  }

  async listContainers(): Promise<readonly ContainerSummary[]> {
    const list = await this.#read('list containers', (docker, abortSignal) =>
      docker.listContainers({ all: true, abortSignal }),
    );
    return list.map(({ Id: id, Names: names, State: state, Labels: labels, NetworkSettings: settings }) => ({
      id,
      name: names[0]?.replace(/^\//, '') ?? '',
      running: ['running', 'paused', 'restarting'].includes(state),
      labels: labels ?? {},
      networks: Object.keys(settings?.Networks ?? {}),
    }));
  }

  listNetworks(): Promise<readonly NetworkInfo[]> {
    return listNetworks(this.#connection);
  }

  inspectNetwork(network: string): Promise<NetworkInfo | undefined> {
    return inspectNetwork(this.#connection, network);
  }

  connect(container: string, endpoint: Endpoint): Promise<void> {
    return connect(this.#connection, container, endpoint);
  }

  disconnect(container: string, network: string): Promise<void> {
    return disconnect(this.#connection, container, network);
  }

  commit(container: string, tag: string, comment: string): Promise<void> {
    return commit(this.#connection, container, tag, comment);
  }

  flatten(container: string, tag: string, comment: string, onBytes: OnBytes): Promise<void> {
    return flatten(this.#connection, container, tag, comment, onBytes);
  }

  async inspectImage(image: string): Promise<ImageInfo | undefined> {
    const info = await this.#connection.find(`show the image ${image}`, (docker) => docker.getImage(image).inspect());
    return info && imageInfo(info);
  }

  async removeImage(image: string): Promise<void> {
    await this.#change(`remove the image ${image}`, (docker) => docker.getImage(image).remove());
  }

  async listImages(): Promise<readonly ImageSummary[]> {
    const images = await this.#read('list images', (docker) => docker.listImages());
    return images.map(({ Id: id, RepoTags: tags, Labels: labels }) => ({
      id,
      tags: (tags ?? []).filter((tag) => tag !== '<none>:<none>'),
      // Null where it has none, whatever the type says.
      labels: (labels as Labels | null) ?? {},
    }));
  }

  async createVolume(name: string, labels: Labels): Promise<void> {
    await this.#change(`create the volume ${name}`, (docker, abortSignal) =>
      docker.createVolume({ Name: name, Driver: 'local', Labels: { ...labels }, abortSignal }),
    );
  }

  async removeVolume(name: string): Promise<void> {
    await this.#change(`remove the volume ${name}`, (docker, abortSignal) =>
      docker.getVolume(name).remove({ abortSignal }),
    );
  }

  async inspectVolume(name: string): Promise<VolumeSummary | undefined> {
    const info = await this.#connection.find(`show the volume ${name}`, (docker, abortSignal) =>
      docker.getVolume(name).inspect({ abortSignal }),
    );
    return info && { name: info.Name, labels: info.Labels ?? {} };
  }

  async listVolumes(): Promise<readonly VolumeSummary[]> {
    const answer = (await this.#read('list volumes', (docker, abortSignal) => docker.listVolumes({ abortSignal }))) as {
      /** Some engines say null for none. */
      readonly Volumes: readonly { readonly Name: string; readonly Labels: Labels | null }[] | null;
    };
    return (answer.Volumes ?? []).map(({ Name: name, Labels: labels }) => ({ name, labels: labels ?? {} }));
  }

  /** Docker asks the host's `ps`. */
  async processes(container: string): Promise<readonly ContainerProcess[]> {
    const answer = (await this.#read(`list the processes of ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).top({ ps_args: '-eo pid,etimes,args', abortSignal }),
    )) as { readonly Processes: readonly (readonly string[])[] | null };
    return (answer.Processes ?? []).map(([pid, seconds, ...command]) => ({
      pid: Number(pid),
      command: command.join(' '),
      elapsedMs: Number(seconds) * 1000,
    }));
  }

  exec(container: string, spec: ExecSpec): Promise<ExecSession> {
    return openExec(this.#connection, container, spec);
  }

  events(signal: AbortSignal): AsyncIterable<EngineEvent> {
    return followEvents(this.#connection, signal);
  }

  #read<T>(what: string, send: Send<T>): Promise<T> {
    return this.#connection.call(what, DEADLINE_MS.read, send);
  }

  #change<T>(what: string, send: Send<T>): Promise<T> {
    return this.#connection.call(what, DEADLINE_MS.change, send);
  }
}

/** Docker refuses with 304 to start what runs and to stop what does not: it is as asked for. */
function unlessDone(failure: unknown): void {
  if (!isNotModified(failure)) throw failure;
}
