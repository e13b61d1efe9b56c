/** The demo's image: busybox and a web page, made here so that no registry is needed. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callDocker, hasImage } from './dockerApi.ts';
import type { Places } from './places.ts';
import { say, Trouble } from './say.ts';

export const DEMO_IMAGE = 'berth/demo:1';
const script = new URL('../engine/images.sh', import.meta.url).pathname;

export async function provideImage(places: Places, dockerHost: string): Promise<void> {
  if (await hasImage(dockerHost, DEMO_IMAGE)) return;
  say('image', `making ${DEMO_IMAGE} from busybox`);
  const env = { ...process.env, DOCKER_HOST: dockerHost, ENGINE_BUSYBOX_DIR: join(places.base, 'busybox') };
  const { status } = spawnSync(script, [DEMO_IMAGE], { env, stdio: 'inherit' });
  if (status !== 0)
    throw new Trouble(
      'The demo image could not be made; the reason is above. It needs curl, and busybox-static or apt-get.',
    );
  writeFileSync(madeHere(places), DEMO_IMAGE);
}

/** Removes the image, unless it was there before. */
export async function removeImage(places: Places, dockerHost: string): Promise<void> {
  if (existsSync(madeHere(places))) await callDocker(dockerHost, `/images/${DEMO_IMAGE}`, 'DELETE');
}

const madeHere = (places: Places): string => join(places.base, 'image');
