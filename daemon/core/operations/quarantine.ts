/** GPUs that are granted to nobody until somebody has looked at them. */
import { type Change, put } from '../records.ts';
import type { State } from '../state.ts';

/** Quarantine rows for GPUs that are not quarantined yet. */
export const quarantine = (state: State, uuids: readonly string[], reason: string, since: string): Change[] =>
  uuids.flatMap((uuid) => {
    const gpu = state.table('gpu').get(uuid);
    return gpu === undefined || gpu.quarantine !== null
      ? []
      : [put('gpu', uuid, { ...gpu, quarantine: { reason, since } })];
  });
