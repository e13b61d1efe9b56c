/**
 * An image of many layers, loaded as an archive: a commit without a changed file adds no layer, and starting a
 * container for each would take minutes.
 *
 * Format: Docker's image archive, `manifest.json` beside the image's configuration and one tar a layer.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import { plainSpec } from './engine/conformance.ts';

/** The files of `base`, and one small file for each further layer. */
export async function loadDeepImage(dockerHost: string, base: string, tag: string, layerCount: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-deep-'));
  const curl = (...args: readonly string[]) =>
    execa('curl', ['--fail', '--silent', '--show-error', '--unix-socket', dockerHost.replace('unix://', ''), ...args]);
  try {
    const layers = Array.from({ length: layerCount }, (_, at) => `layer-${at}.tar`);
    await exportFiles(dockerHost, base, (id) =>
      curl('-o', join(folder, 'layer-0.tar'), `http://docker/containers/${id}/export`),
    );
    for (const layer of layers.slice(1)) await makeLayer(folder, layer);
    await writeFile(join(folder, 'config.json'), JSON.stringify(await configOf(folder, layers)));
    await writeFile(
      join(folder, 'manifest.json'),
      JSON.stringify([{ Config: 'config.json', RepoTags: [tag], Layers: layers }]),
    );
    await execa('tar', ['-C', folder, '-cf', join(folder, 'image.tar'), 'manifest.json', 'config.json', ...layers]);
    await curl(
      '-X',
      'POST',
      '-H',
      'Content-Type: application/x-tar',
      '-T',
      join(folder, 'image.tar'),
      'http://docker/images/load',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function exportFiles(
  dockerHost: string,
  image: string,
  save: (container: string) => Promise<unknown>,
): Promise<void> {
  const engine = new DockerEngine(dockerHost);
  const container = await engine.create({ ...plainSpec, name: `deep_${process.pid}`, image });
  await save(container);
  await engine.remove(container);
}

async function makeLayer(folder: string, layer: string): Promise<void> {
  const file = layer.replace('.tar', '');
  await writeFile(join(folder, file), layer);
  await execa('tar', ['-C', folder, '-cf', join(folder, layer), file]);
}

async function configOf(folder: string, layers: readonly string[]) {
  const digest = async (layer: string): Promise<string> =>
    `sha256:${createHash('sha256')
      .update(await readFile(join(folder, layer)))
      .digest('hex')}`;
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Env: ['PATH=/bin:/usr/bin'], Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: await Promise.all(layers.map(digest)) },
  };
}
