/**
 * A real berthd on a private Docker Engine, with simulated GPUs. As root.
 *
 * Only requests are made here: nobody meddles, nothing is made to fail, so that any 5xx but a busy one is a fault.
 */
import { Agent } from 'node:http';
import { Daemon } from '../rig/daemon.ts';
import { startPrivateEngine } from '../rig/privateEngine.ts';
import type { Target } from './target.ts';
import { IMAGES } from './words.ts';

export async function openEngineTarget(): Promise<Target> {
  const engine = await startPrivateEngine({ images: IMAGES });
  const daemon = await Daemon.start({ dockerHost: engine.dockerHost, gpus: 'sim:4' });
  const token = await daemon.token();
  const agent = new Agent({ keepAlive: true });
  return {
    // There is one token yet, and it may do everything.
    door: { port: Number(new URL(daemon.url).port), agent, tokens: { admin: token, operate: token, view: token } },
    reset: () => deleteAll(daemon),
    perform: async () => {},
    wrong: async () => {
      await deleteAll(daemon);
      const held = (await daemon.gpus()).filter(({ state }) => state === 'granted').map(({ uuid }) => `GPU ${uuid}`);
      const ports = (await daemon.ports()).ports.filter(({ state }) => state === 'granted');
      return [...held, ...ports.map(({ hostPort }) => `port ${hostPort}`)].map((it) => `${it} outlives the last set`);
    },
    close: async () => {
      agent.destroy();
      await daemon.dispose();
      await engine.stop();
    },
  };
}

async function deleteAll(daemon: Daemon): Promise<void> {
  for (const { name } of await daemon.sets()) await daemon.ok('DELETE', `/replicaSet/${name}`);
  const { volumes } = await daemon.ok<{ volumes: { name: string }[] }>('GET', '/volumes');
  for (const { name } of volumes) await daemon.ok('DELETE', `/volumes/${name}`);
  for (const { uuid } of await daemon.gpus()) await daemon.ok('PATCH', `/resources/gpus/${uuid}/undrain`);
}
