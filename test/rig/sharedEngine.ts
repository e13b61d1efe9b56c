/** The engine that globalEngine.ts started, as tests see it. */

/** `unix://…` of the engine of this run. */
export const testDockerHost = (): string => setting('BERTH_TEST_DOCKER_HOST');

/** STUB_GPU_DIR of that engine; test/rig/engine/gpu/README.md names the files. */
export const testGpuDir = (): string => setting('BERTH_TEST_GPU_DIR');

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this test as part of project suite or e2e`);
  return value;
}
