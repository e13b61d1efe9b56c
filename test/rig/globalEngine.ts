/**
 * One private engine for a whole vitest run. Tests find it through sharedEngine.ts.
 *
 * BERTH_TEST_DOCKER_HOST, when it is set already, names an engine to use instead. It must have the stub GPUs and the
 * image berth-test/busybox:1, as one started by test/rig/engine/start.sh with ENGINE_GPUS=stub has; then
 * BERTH_TEST_GPU_DIR names its `gpu` directory.
 */
import { type PrivateEngine, startPrivateEngine } from './privateEngine.ts';

/** Each vitest project loads this file anew: what they share hangs on the process. */
const shared = globalThis as typeof globalThis & { berthTestEngine?: Promise<PrivateEngine> };

export async function setup(): Promise<void> {
  if (process.env.BERTH_TEST_DOCKER_HOST !== undefined && shared.berthTestEngine === undefined) return;
  shared.berthTestEngine ??= startPrivateEngine();
  const engine = await shared.berthTestEngine;
  process.env.BERTH_TEST_DOCKER_HOST = engine.dockerHost;
  process.env.BERTH_TEST_GPU_DIR = engine.gpuPath;
}

export async function teardown(): Promise<void> {
  const engine = shared.berthTestEngine;
  delete shared.berthTestEngine;
  await (await engine)?.stop();
}
