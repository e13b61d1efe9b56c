/** The real REST face over the real core, on the engine, store, disk and clock of the tests' rig. */
import { Agent } from 'node:http';
import { inspect } from 'node:util';
import { ENTRIES, type Services } from '../../common/services.ts';
import { CoreRig } from '../rig/coreRig.ts';
import { openRestFace, TOKENS } from '../rig/restFace.ts';
import { type Deed, perform } from './deeds.ts';
import type { Target } from './target.ts';
import { IMAGES } from './words.ts';

type AnyService = (...args: unknown[]) => unknown;
type AnyServices = Readonly<Record<string, Readonly<Record<string, AnyService>>>>;

export async function openMemoryTarget(): Promise<Target> {
  let rig = await freshRig();
  const rest = await openRestFace({ services: servicesOf(() => rig.services) });
  const agent = new Agent({ keepAlive: true });
  return {
    door: { port: rest.port, agent, tokens: TOKENS },
    reset: async () => {
      rig.die();
      rig = await freshRig();
    },
    perform: (deed: Deed) => perform(rig, deed),
    wrong: async () => {
      await calm(rig);
      const logged = rest.log.lines.splice(0).filter(({ level }) => level === 'error');
      return [
        ...rig.violations(),
        ...(await leftAfterDeletion(rig)),
        ...logged.map(({ facts, message }) => `logged: ${message} ${inspect(facts)}`),
      ];
    },
    close: async () => {
      agent.destroy();
      await rest.close();
    },
  };
}

async function freshRig(): Promise<CoreRig> {
  const rig = await CoreRig.open({ settings: { bindRoots: ['/srv/data'] } });
  for (const image of IMAGES) rig.world.addImage(image);
  rig.world.addNetwork('team');
  rig.paths.set('/srv/data', '/srv/data');
  return rig;
}

/** Those of whichever daemon lives now. */
function servicesOf(current: () => Services): Services {
  const call =
    (group: string, name: string): AnyService =>
    (...args) =>
      (current() as unknown as AnyServices)[group]?.[name]?.(...args);
  const groups = Map.groupBy(ENTRIES, ({ group }) => group);
  return Object.fromEntries(
    [...groups].map(([group, entries]) => [
      group,
      Object.fromEntries(entries.map(({ name }) => [name, call(group, name)])),
    ]),
  ) as unknown as Services;
}

/** The trouble ends, and enough time passes for everything to be brought in order. */
async function calm(rig: CoreRig): Promise<void> {
  const { world, faults } = rig.engine;
  world.outsiderPorts.clear();
  world.brokenGpus.clear();
  if (faults.down) await rig.engineUp();
  for (let minute = 0; minute < 6; minute += 1) await rig.advance(60_000);
}

/** With every set and volume deleted, nobody holds anything. */
async function leftAfterDeletion(rig: CoreRig): Promise<string[]> {
  await deleteAll(rig);
  const { state } = rig.core;
  const ports = [...state.table('portLease').values()].filter(({ name }) => name !== null);
  return [
    ...[...state.table('gpuLease').keys()].map((uuid) => `GPU ${uuid} is held after the last set is gone`),
    ...ports.map(({ hostPort }) => `port ${hostPort} is held after the last set is gone`),
    ...[...rig.world.containers.values()].map(({ spec }) => `container ${spec.name} outlives its set`),
    ...rig.violations(),
  ];
}

/** Faults that are still about to happen may meet it: the next round goes on. */
async function deleteAll(rig: CoreRig): Promise<void> {
  const { replicaSet, volume } = rig.services;
  const caller = rig.caller();
  for (let round = 0; round < 10; round += 1) {
    const sets = await replicaSet.list({}, caller);
    const { volumes } = await volume.list({}, caller);
    if (sets.length + volumes.length + rig.core.state.table('intent').size === 0) return;
    await Promise.allSettled(sets.map(({ name }) => replicaSet.remove({ name }, caller)));
    await Promise.allSettled(volumes.map(({ name }) => volume.remove({ name }, caller)));
    await rig.advance(60_000);
  }
}
