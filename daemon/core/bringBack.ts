/** start: the same container where its GPUs and ports can be had, its next version where they cannot. */
import type { Services } from '../../common/router.ts';
import type { Choice } from './journal.ts';
import { reserveExactly } from './ledger.ts';
import { continueSet } from './operations/continueSet.ts';
import { requireSet } from './operations/intents.ts';
import { restart } from './operations/patch.ts';
import type { VersionRecord } from './records.ts';
import { ledgerOf, type ReplicaSetParts } from './replicaSetParts.ts';

type Started = Awaited<ReturnType<Services['replicaSet']['start']>>;

export async function bringBack(parts: ReplicaSetParts, name: string, actor: string): Promise<Started> {
  requireSet(parts, name);
  await parts.inventory.refreshQuickly();
  return parts.journal.choose(name, () => chooseWay(parts, name, actor));
}

async function chooseWay(parts: ReplicaSetParts, name: string, actor: string): Promise<Choice<Started>> {
  const { version } = requireSet(parts, name);
  const { containerName } = version;
  const container = await parts.engine.inspectContainer(version.containerId);
  if (container?.running) return { answer: { containerName, newVersion: false, action: 'none' } };
  if (container !== undefined && canHaveBack(parts, version)) {
    return {
      request: { verb: 'continue', name, actor },
      operation: function* (ctx) {
        yield* continueSet(ctx, { name });
        return { containerName, newVersion: false, action: 'continued' };
      },
    };
  }
  return {
    request: { verb: 'restart', name, actor },
    operation: function* (ctx) {
      const next = yield* restart(ctx, { name });
      return { ...next, newVersion: true, action: 'restarted' };
    },
  };
}

function canHaveBack(parts: ReplicaSetParts, version: VersionRecord): boolean {
  try {
    reserveExactly(ledgerOf(parts), {
      name: version.name,
      operation: 'look',
      gpuCount: version.gpus.length,
      containerPorts: version.spec.containerPorts,
      formerGpus: version.gpus,
      formerPorts: version.ports,
    });
    return true;
  } catch {
    return false;
  }
}
