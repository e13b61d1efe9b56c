/** What a daemon under test is given: the engine that the run shares, with its stub GPUs. */
import { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import { stubNvidiaSmi } from './privateEngine.ts';
import { testDockerHost, testGpuDir } from './sharedEngine.ts';

export const IMAGE = 'berth-test/busybox:1';

export const testEngine = () => ({
  dockerHost: testDockerHost(),
  nvidiaSmi: stubNvidiaSmi,
  env: { STUB_GPU_DIR: testGpuDir() },
});

/** The engine itself, to look behind Berth's back or to meddle from outside. */
export const outsideView = (): DockerEngine => new DockerEngine(testDockerHost());
