/** Paths of the host as they really are. */
import { realpath } from 'node:fs/promises';
import type { HostFiles } from '../core/host.ts';

/** What a path that leads nowhere fails with. */
const NOTHING_THERE = ['ENOENT', 'ENOTDIR', 'ELOOP'];

export const hostFiles: HostFiles = {
  async realPath(path) {
    try {
      return await realpath(path);
    } catch (failure) {
      if (NOTHING_THERE.includes((failure as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw failure;
    }
  },
};
