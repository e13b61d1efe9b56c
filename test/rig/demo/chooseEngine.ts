/**
 * Which Docker Engine `make run` uses, decided from what is there. Pure; engine.ts looks and acts.
 *
 * Order: the engine that the state already belongs to, DOCKER_HOST, the machine's own, a private one.
 */

export interface EngineFacts {
  /** The engine of the last `make run`; its containers are what the state speaks of. */
  readonly last: { readonly dockerHost: string; readonly isPrivate: boolean } | undefined;
  readonly asked: string | undefined;
  /** Engine → why it does not answer, undefined when it does. */
  readonly silent: ReadonlyMap<string, string | undefined>;
  readonly isRoot: boolean;
  /** ID and ID_LIKE of os-release. */
  readonly system: readonly string[];
  /** Installed Debian packages that bring a Docker of their own. */
  readonly otherDockers: readonly string[];
}

export type EngineChoice =
  | { readonly use: string }
  | { readonly startPrivate: true; readonly because: string }
  | { readonly trouble: string };

export const SYSTEM_ENGINE = 'unix:///var/run/docker.sock';

const OTHER_DOCKER = /^(docker-ce|docker-engine|docker-desktop|podman-docker|moby-)/;

/** Of all installed packages those that must not meet Debian's docker.io. */
export const otherDockersIn = (packages: readonly string[]): readonly string[] =>
  packages.filter((name) => OTHER_DOCKER.test(name));

export function chooseEngine(facts: EngineFacts): EngineChoice {
  const { last, asked } = facts;
  if (last !== undefined && asked !== undefined && asked !== last.dockerHost)
    return { trouble: anotherEngine(asked, last.dockerHost) };
  if (last?.isPrivate === true) return { startPrivate: true, because: 'as last time' };
  const candidates = [last?.dockerHost ?? asked ?? SYSTEM_ENGINE, ...(last === undefined ? [SYSTEM_ENGINE] : [])];
  const answering = candidates.find((it) => facts.silent.has(it) && facts.silent.get(it) === undefined);
  if (answering !== undefined) return { use: answering };
  const silence = [...new Set(candidates)].map((it) => `${it} (${facts.silent.get(it)})`).join(', ');
  return last === undefined
    ? startPrivate(facts, silence)
    : { trouble: `Docker does not answer: ${silence}. Start it, then try again.` };
}

const anotherEngine = (asked: string, last: string): string =>
  `DOCKER_HOST is ${asked}, but the state in .berth belongs to the engine at ${last}.\n` +
  'Unset DOCKER_HOST to go on with that one, or begin anew with `make clean`.';

function startPrivate({ isRoot, system, otherDockers }: EngineFacts, silence: string): EngineChoice {
  const none = `No Docker Engine answers: ${silence}.`;
  if (otherDockers.length > 0)
    return {
      trouble: `${none}\n${otherDockers.join(', ')} is installed: start it (systemctl start docker), then try again.`,
    };
  if (!isRoot)
    return {
      trouble:
        `${none}\nEither install and start Docker (Debian, Ubuntu: sudo apt-get install docker.io, then sudo adduser $USER docker ` +
        'and log in again),\nor set DOCKER_HOST to an engine that you may use, or run this as root: it then starts a private one.',
    };
  if (!system.includes('debian'))
    return { trouble: `${none}\nInstall Docker and start it; only on Debian and Ubuntu this installs it by itself.` };
  return { startPrivate: true, because: `since none answers: ${silence}; what it needs is installed first` };
}
