/** start: the same container where its GPUs and ports can be had, its next version where they cannot. */
import { AppError } from '../../common/errors.ts';
import type { Services } from '../../common/router.ts';
import type { Request } from './course.ts';
import type { Operation } from './effects.ts';
import type { Choice } from './journal.ts';
import { reserveExactly } from './ledger.ts';
import type { OperationContext } from './operations/context.ts';
import { continueSet } from './operations/continueSet.ts';
import { thaw } from './operations/freeze.ts';
import { requireSet } from './operations/intents.ts';
import { restart } from './operations/patch.ts';
import type { VersionRecord } from './records.ts';
import { ledgerOf, type ReplicaSetParts } from './replicaSetParts.ts';

type Started = Awaited<ReturnType<Services['replicaSet']['start']>>;

type Asker = Pick<Request, 'actor' | 'idempotency'>;

export async function bringBack(parts: ReplicaSetParts, name: string, asker: Asker): Promise<Started> {
  const attempt = (): Promise<Started> => parts.journal.choose([name], () => chooseWay(parts, name, asker));
  try {
    return await attempt();
  } catch (error) {
    // A host port can turn out to be somebody else's only when the container starts; the second choice knows.
    if (!(error instanceof AppError) || error.code !== 'LEASES_TAKEN') throw error;
    return attempt();
  }
}

async function chooseWay(parts: ReplicaSetParts, name: string, asker: Asker): Promise<Choice<Started>> {
  requireSet(parts, name);
  await parts.inventory.refreshQuickly();
  const { set, version } = requireSet(parts, name);
  const { containerName } = version;
  const container = await parts.engine.inspectContainer(version.containerId);
  if (container?.running && set.desired === 'running')
    return { answer: { containerName, newVersion: false, action: 'none' } };
  if (container?.running && set.desired === 'frozen') {
    return {
      request: { verb: 'thaw', name, ...asker },
      operation: (ctx) => answering(ctx, thaw, name, () => ({ containerName, newVersion: false, action: 'thawed' })),
    };
  }
  if (container !== undefined && canHaveBack(parts, version)) {
    return {
      request: { verb: 'continue', name, ...asker },
      operation: (ctx) =>
        answering(ctx, continueSet, name, () => ({ containerName, newVersion: false, action: 'continued' })),
    };
  }
  return {
    request: { verb: 'restart', name, ...asker },
    operation: (ctx) => answering(ctx, restart, name, (next) => ({ ...next, newVersion: true, action: 'restarted' })),
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

/** The same answer for who waits and for who asks again. */
function* answering<T>(
  ctx: OperationContext,
  operation: (ctx: OperationContext, input: { readonly name: string }) => Operation<T>,
  name: string,
  answer: (own: T) => Started,
): Operation<Started> {
  return answer(yield* operation({ ...ctx, answers: (own) => answer(own as T) }, { name }));
}
