/**
 * `make run`, `make stop` and `make clean`: a Berth of one's own below `.berth/`, from nothing to the first replicaSet.
 *
 * Invariants
 *  - Run again, it finds what it made and goes on with it.
 *  - Only what it started is stopped, only what it made is removed.
 *
 * Not here: npm and Node (Makefile), installing a service (systemd/).
 */
import { mkdirSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import * as berth from './berth.ts';
import * as berthd from './berthd.ts';
import { whyNoAnswer } from './dockerApi.ts';
import { type Engine, findEngine, lastEngine, stopPrivate } from './engine.ts';
import { followLog } from './followLog.ts';
import { provideImage, removeImage } from './image.ts';
import { type Places, placesIn, reachable, unlink } from './places.ts';
import { say, shellWord, Trouble } from './say.ts';

const folder = resolve(process.env.DEMO_FOLDER ?? '.berth');

function openPlaces(): Places {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.() ?? 0;
  return placesIn(reachable(folder, uid === 0 ? '/run' : (process.env.XDG_RUNTIME_DIR ?? '/tmp'), uid));
}

const interrupted = new AbortController();

async function run(places: Places): Promise<void> {
  const already = berthd.running(places);
  if (already !== undefined) say('berthd', `runs already, http://127.0.0.1:${already.port}, pid ${already.pid}`);
  const dockerHost = already === undefined ? await findEngine(places) : lastEngine(places)?.dockerHost;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  try {
    const { port } = already ?? (await berthd.start(places, dockerHost ?? ''));
    await prepare(places, dockerHost ?? '', port);
    await berth.openUi(places, interrupted.signal);
    await followLog(places.log, AbortSignal.any([interrupted.signal, berthd.untilGone(places)]));
  } finally {
    if (already === undefined) await end(places);
  }
  if (already !== undefined) console.log('\nberthd runs on, another `make run` started it; `make stop` stops it.');
}

async function prepare(places: Places, dockerHost: string, port: number): Promise<void> {
  berth.writeCommand(places);
  await provideImage(places, dockerHost);
  const hostPort = await berth.provideDemo(places);
  console.log(`\n${(await berth.demoInfo(places)).trimEnd()}\n`);
  console.log(howToGoOn(places, port, hostPort));
}

/** After Ctrl-C, after `make stop` elsewhere, or because berthd died: each said as what it is. */
async function end(places: Places): Promise<void> {
  if (berthd.died(places)) throw new Trouble(`berthd ended by itself; its log is ${places.log}.`);
  if (await berthd.stop(places))
    console.log(
      '\nberthd is stopped; the containers run on. `make run` goes on with them, `make stop` stops them all.',
    );
  else console.log('\nberthd was stopped from elsewhere.');
}

function howToGoOn({ token, command }: Places, port: number, hostPort: number | undefined): string {
  const bearer = `-H "Authorization: Bearer $(cat ${shellWord(token)})"`;
  const berthHere = shellWord(
    relative(process.cwd(), command).startsWith('..') ? command : `./${relative(process.cwd(), command)}`,
  );
  return [
    'In a second terminal, for example:',
    '',
    `  curl -s ${bearer} http://127.0.0.1:${port}/api/v1/replicaSet/demo`,
    ...(hostPort === undefined ? [] : [`  curl -s http://127.0.0.1:${hostPort}/`]),
    `  ${berthHere} ls`,
    `  ${berthHere} gpus`,
    `  ${berthHere} exec -it demo -- sh`,
    `  ${berthHere} patch demo --gpus 3`,
    `  ${berthHere} history demo`,
    '',
    `Every route: http://127.0.0.1:${port}/docs. Every verb: ${berthHere} --help.`,
    'The log of berthd follows; Ctrl-C stops berthd, the containers run on.',
    '',
  ].join('\n');
}

/** Does `work` on the sets through berthd, which is started for it where it does not run. */
async function withBerthd(places: Places, dockerHost: string, work: (places: Places) => Promise<void>): Promise<void> {
  if (berthd.running(places) === undefined) await berthd.start(places, dockerHost);
  try {
    berth.writeCommand(places);
    await work(places);
  } finally {
    await berthd.stop(places);
    say('berthd', 'stopped');
  }
}

async function stop(places: Places): Promise<void> {
  const engine = lastEngine(places);
  if (engine === undefined) return;
  try {
    await stopContainers(places, engine);
  } finally {
    await berthd.stop(places);
    if (engine.isPrivate) {
      stopPrivate(places, { wipe: false });
      say('engine', 'stopped');
    }
  }
}

/** Without berthd, a private engine simply ends with all its containers, and they come back with it. */
async function stopContainers(places: Places, { dockerHost, isPrivate }: Engine): Promise<void> {
  const silence = await whyNoAnswer(dockerHost);
  if (silence !== undefined) say('engine', `${dockerHost}: ${silence}, so nothing runs on it`);
  else if (berthd.running(places) !== undefined || !isPrivate) await withBerthd(places, dockerHost, berth.stopSets);
}

async function clean(places: Places): Promise<void> {
  const engine = lastEngine(places);
  if (engine?.isPrivate === true) {
    await berthd.stop(places);
    stopPrivate(places, { wipe: true });
  } else if (engine !== undefined) await cleanShared(places, engine.dockerHost);
  if (places.base !== folder) unlink(places.base);
  rmSync(folder, { recursive: true });
  say('clean', `${folder} is removed`);
}

async function cleanShared(places: Places, dockerHost: string): Promise<void> {
  const silence = await whyNoAnswer(dockerHost);
  if (silence !== undefined)
    throw new Trouble(
      `The containers cannot be removed: Docker at ${dockerHost}: ${silence}.\n` +
        'Start it and try again; `rm -rf .berth` forgets the containers instead and leaves them where they are.',
    );
  await withBerthd(places, dockerHost, berth.removeSets);
  await removeImage(places, dockerHost);
}

const verb = { run, stop, clean }[process.argv[2] ?? ''];
try {
  if (verb === undefined) throw new Trouble('say run, stop or clean');
  await verb(openPlaces());
} catch (error) {
  console.error(error instanceof Trouble ? `\n${error.message}` : error);
  process.exitCode = 1;
}
