/** `berth` without a command: what is there, and how to go on. */

import { safe, safeJson } from '../safe.ts';
import type { Context } from './context.ts';
import { gpuSummary } from './output/gpus.ts';
import { setTable } from './output/sets.ts';
import { exitCode } from './terminal.ts';

/** `help` is shown where there is no daemon to ask. */
export async function overview(context: Context, help: string): Promise<number> {
  const client = await context.connect().catch((error: unknown) => {
    if (context.options.json !== true) context.print(help);
    throw error;
  });
  try {
    const [sets, listing] = await Promise.all([
      client.trpc.replicaSet.list.query({}),
      client.trpc.resource.gpuList.query({}),
    ]);
    if (context.options.json === true) context.print(safeJson({ sets, gpus: listing.gpus }, 2));
    else {
      const view = context.view();
      const notice = listing.notice === null ? [] : [view.paint('warn', safe(listing.notice))];
      const next = 'berth info NAME · berth gpus · berth events · berth help';
      context.print(
        [setTable(sets, view), '', ...notice, gpuSummary(listing.gpus), '', view.paint('dim', next)].join('\n'),
      );
    }
    return exitCode.ok;
  } finally {
    await client.close();
  }
}
