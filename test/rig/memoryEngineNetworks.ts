/**
 * The networks of the in-memory engine. As with Docker, a container that does not run can be connected too, and names
 * and addresses of its choice are for networks that people made.
 */
import { type Endpoint, EngineError, type NetworkInfo } from '../../daemon/core/engine.ts';
import type { EngineFaults } from './memoryEngineFaults.ts';
import type { EngineWorld } from './memoryEngineWorld.ts';

export abstract class NetworkModel {
  abstract readonly world: EngineWorld;
  abstract readonly faults: EngineFaults;

  listNetworks(): readonly NetworkInfo[] {
    return this.faults.apply('listNetworks', () => [...this.world.networks.values()]);
  }

  inspectNetwork(name: string): NetworkInfo | undefined {
    return this.faults.apply('inspectNetwork', () => this.world.networks.get(name));
  }

  connect(name: string, endpoint: Endpoint): void {
    this.faults.apply('connect', () => {
      const container = this.world.get(name);
      this.assertJoinable(endpoint);
      if (container.endpoints.has(endpoint.network))
        throw new EngineError('conflict', `endpoint already exists in network ${endpoint.network}`);
      container.endpoints.set(endpoint.network, endpoint);
    });
  }

  disconnect(name: string, network: string): void {
    this.faults.apply('disconnect', () => {
      const container = this.world.get(name);
      if (!container.endpoints.delete(network))
        throw new EngineError('notFound', `container ${name} is not connected to the network ${network}`);
    });
  }

  assertJoinable({ network, aliases, ipv4 }: Endpoint): void {
    const found = this.world.networks.get(network);
    if (found === undefined) throw new EngineError('notFound', `network ${network} not found`);
    if (network === 'bridge' && aliases.length > 0)
      throw new EngineError('invalid', 'network-scoped alias is supported only for user defined networks');
    if (ipv4 !== null && !found.configured)
      throw new EngineError('invalid', 'user specified IP address is supported only on user defined networks');
  }
}
