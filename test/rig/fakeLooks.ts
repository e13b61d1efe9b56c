/** What fake services say of containers: a log of two lines, one process, one changed file, an archive that is no tar. */
import type { ExecView } from '../../common/contract/exec.ts';
import type { StatsView } from '../../common/contract/look.ts';
import type { SetView } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import type { Bytes, Services } from '../../common/services.ts';

const AT = '2026-01-22T07:36:04.000Z';
const FAKE_STAT = { name: 'data', size: 0, mode: 2 ** 31 + 0o755, mtime: AT, linkTarget: '' };

export const fakeLooks = (find: (name: string) => SetView) =>
  ({
    async *logs({ name }: { name: string }) {
      find(name);
      yield { stream: 'note' as const, text: '' };
      yield { stream: 'stdout' as const, text: 'epoch 1\n' };
      yield { stream: 'stderr' as const, text: 'a warning\n' };
    },
    async *stats({ name }: { name: string }) {
      yield fakeStats(find(name));
    },
    async *wait({ name }: { name: string }) {
      const { version } = find(name);
      yield { type: 'waiting' as const, version };
      yield { type: 'ended' as const, version, StatusCode: 3, replacedBy: null, timedOut: false };
    },
    resize: async ({ name }: { name: string }) => {
      find(name);
      return null;
    },
    inspect: async ({ name }: { name: string }) => ({ Id: find(name).containerId }),
    top: async ({ name }: { name: string }) => {
      find(name);
      return { Titles: ['PID', 'CMD'], Processes: [['4711', 'python train.py']] };
    },
    changes: async ({ name }: { name: string }) => {
      find(name);
      return [{ Path: '/data', Kind: 1 as const }];
    },
    statPath: async ({ name }: { name: string }) => {
      find(name);
      return FAKE_STAT;
    },
    getArchive: async ({ name }: { name: string }) => {
      find(name);
      return { output: FAKE_STAT, bytes: bytesOf('an archive') };
    },
    putArchive: async ({ name }: { name: string }, _caller: unknown, body: Bytes) => {
      find(name);
      for await (const _ of body);
      return { output: null };
    },
    exportFiles: async ({ name }: { name: string }) => {
      find(name);
      return { output: null, bytes: bytesOf('all files') };
    },
  }) satisfies Partial<Services['replicaSet']>;

export type FakeLooks = ReturnType<typeof fakeLooks>;

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const fakeStats = ({ name, version, gpus }: SetView): StatsView => ({
  name,
  version,
  at: AT,
  cpuPercent: 212.5,
  memoryBytes: 3 * 2 ** 30,
  memoryLimitBytes: 64 * 2 ** 30,
  processes: 7,
  receivedBytes: 1024,
  sentBytes: 2048,
  readBytes: 0,
  writtenBytes: 4096,
  gpus: gpus.map(({ uuid, index }) => ({
    uuid,
    index,
    utilizationPercent: 93,
    memoryUsedBytes: 2 ** 30,
    memoryBytes: 80 * 2 ** 30,
    powerW: null,
  })),
});

const fakeSession: ExecView = {
  id: '01HMRT0000000000000000EXEC',
  name: 'train',
  version: 2,
  cmd: ['bash', '-l'],
  tty: true,
  actor: 'alice',
  state: 'running',
  exitCode: null,
  attached: false,
  startedAt: AT,
  endedAt: null,
};

/** One session, in train. */
export const fakeExecs = (find: (name: string) => SetView): Services['exec'] => ({
  create: async ({ name, cmd }) => ({ ...fakeSession, name: find(name).name, cmd }),
  list: async () => [fakeSession],
  get: async ({ id }) => {
    if (id === 'nothing')
      throw new AppError('EXEC_NOT_FOUND', 'there is no session nothing; it has ended, or never was');
    return fakeSession;
  },
  resize: async () => null,
  kill: async () => ({ ...fakeSession, state: 'ended', exitCode: 129 }),
});
