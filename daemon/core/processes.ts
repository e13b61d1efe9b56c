/** What people started in a container, without the init that every container gets. */
import type { ContainerProcess, Engine } from './engine.ts';

export async function ownProcesses(engine: Engine, container: string): Promise<readonly ContainerProcess[]> {
  const all = await engine.processes(container);
  const own = all.filter((process) => !/docker-init|\/tini\b/.test(process.command));
  return own.length > 0 ? own : all;
}
