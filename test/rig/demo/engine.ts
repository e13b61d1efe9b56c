/** Finds the Docker Engine that the demo uses, or starts a private one below `.berth/`. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { chooseEngine, type EngineFacts, otherDockersIn, SYSTEM_ENGINE } from './chooseEngine.ts';
import { whyNoAnswer } from './dockerApi.ts';
import type { Places } from './places.ts';
import { say, Trouble } from './say.ts';

export interface Engine {
  readonly dockerHost: string;
  readonly isPrivate: boolean;
}

const script = (name: string): string => new URL(`../engine/${name}`, import.meta.url).pathname;

/** What `make run` used last, undefined before the first. */
export function lastEngine(places: Places): Engine | undefined {
  if (!existsSync(places.engineChoice)) return undefined;
  return JSON.parse(readFileSync(places.engineChoice, 'utf8')) as Engine;
}

/** Address of an engine that answers. */
export async function findEngine(places: Places): Promise<string> {
  const choice = chooseEngine(await look(places));
  if ('trouble' in choice) throw new Trouble(choice.trouble);
  const engine =
    'use' in choice
      ? { dockerHost: choice.use, isPrivate: false }
      : { dockerHost: await startPrivate(places, choice.because), isPrivate: true };
  writeFileSync(places.engineChoice, `${JSON.stringify(engine)}\n`);
  say('engine', engine.isPrivate ? `private, at ${engine.dockerHost}` : engine.dockerHost);
  return engine.dockerHost;
}

async function look(places: Places): Promise<EngineFacts> {
  const last = lastEngine(places);
  const asked = process.env.DOCKER_HOST || undefined;
  const silent = new Map<string, string | undefined>();
  for (const host of [last?.dockerHost, asked, SYSTEM_ENGINE])
    if (host !== undefined) silent.set(host, await whyNoAnswer(host));
  return {
    last,
    asked,
    silent,
    isRoot: process.getuid?.() === 0,
    system: osIds(),
    otherDockers: otherDockersIn(packages()),
  };
}

function osIds(): readonly string[] {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, ids]) => (ids ?? '').split(' '));
}

/** Installed Debian packages; none where dpkg is not known. */
function packages(): readonly string[] {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', `\${db:Status-Abbrev} \${Package}\n`], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap((line) => /^ii\s+(\S+)/.exec(line)?.[1] ?? []);
}

async function startPrivate(places: Places, because: string): Promise<string> {
  say('engine', `a private one, ${because}`);
  const env = { ...process.env, ENGINE_DIR: places.engine, ENGINE_GPUS: 'none' };
  const child = spawn(script('start.sh'), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((done) => child.once('close', done));
  const [output, told, code] = await Promise.all([text(child.stdout), relay(child.stderr), ended]);
  const dockerHost = /DOCKER_HOST=(\S+)/.exec(output)?.[1];
  if (code === 0 && dockerHost !== undefined) return dockerHost;
  const end = told.slice(-20).join('\n');
  throw new Trouble(`The private Docker Engine did not start:\n${end}\n\`DOCKER_HOST=… make run\` uses another one.`);
}

/** Shows what the script itself says as it says it; the rest is apt's, and only of interest when it fails. */
async function relay(stream: Readable): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    lines.push(line);
    const own = /^\[engine\] (.*)/.exec(line)?.[1];
    if (own !== undefined) say('engine', own);
  }
  return lines;
}

/** Ends the private engine with every container in it; `wipe` removes its images and files too. */
export function stopPrivate(places: Places, { wipe }: { wipe: boolean }): void {
  const env = { ...process.env, ENGINE_DIR: places.engine };
  const { status } = spawnSync(script('stop.sh'), wipe ? ['--wipe'] : [], { env, stdio: 'inherit' });
  if (status !== 0)
    throw new Trouble(`The private Docker Engine in ${places.engine} did not stop; its messages are above.`);
}
