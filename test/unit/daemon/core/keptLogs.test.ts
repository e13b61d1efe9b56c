import { beforeEach, expect, test } from 'vitest';
import { keptLogBytesMax } from '../../../../common/limits.ts';
import type { Engine } from '../../../../daemon/core/engine.ts';
import type { LogQuery, OutputChunk } from '../../../../daemon/core/engineStreams.ts';
import { keepLog, readKept } from '../../../../daemon/core/keptLogs.ts';
import { MemoryLogFiles } from '../../../rig/memoryLogFiles.ts';

const QUERY: LogQuery = {
  stdout: true,
  stderr: true,
  since: undefined,
  until: undefined,
  tail: undefined,
  timestamps: false,
  follow: false,
};

let logFiles: MemoryLogFiles;
beforeEach(() => {
  logFiles = new MemoryLogFiles();
});

const at = (second: number): string => `2026-01-01T00:00:0${second}.000000000Z`;

/** Keeps what an engine gives in these chunks. */
async function keep(chunks: readonly (readonly [OutputChunk['stream'], string])[]): Promise<void> {
  async function* given(): AsyncGenerator<OutputChunk> {
    for (const [stream, text] of chunks) yield { stream, bytes: Buffer.from(text) };
  }
  const engine = { logs: async () => given() } as Pick<Engine, 'logs'> as Engine;
  await keepLog({ engine, logFiles }, { container: 'c', uid: 'U', version: 1 });
}

async function read(change: Partial<LogQuery> = {}): Promise<string[]> {
  const bytes = await logFiles.read('U', 1);
  if (bytes === undefined) throw new Error('nothing was kept');
  const lines: string[] = [];
  for await (const { stream, text } of readKept(bytes, { ...QUERY, ...change })) lines.push(`${stream} ${text}`);
  return lines;
}

test('lines come back on their stream, however they were cut, the last without its end too', async () => {
  await keep([
    ['stdout', `${at(1)} fir`],
    ['stderr', `${at(2)} oops\n`],
    ['stdout', `st ü\n${at(3)} last`],
  ]);
  expect(await read()).toEqual(['stderr oops\n', 'stdout first ü\n', 'stdout last\n']);
});

test('a query chooses by stream, time and number, and shows the times', async () => {
  await keep([
    ['stdout', `${at(1)} one\n`],
    ['stderr', `${at(2)} two\n`],
    ['stdout', `${at(3)} three\n`],
  ]);
  expect(await read({ stderr: false })).toEqual(['stdout one\n', 'stdout three\n']);
  expect(await read({ since: '1767225602.000000000' })).toEqual(['stderr two\n', 'stdout three\n']);
  expect(await read({ until: '1767225602.000000000' })).toEqual(['stdout one\n', 'stderr two\n']);
  expect(await read({ tail: 1 })).toEqual(['stdout three\n']);
  expect(await read({ tail: 0 })).toEqual([]);
  expect(await read({ tail: 1, timestamps: true })).toEqual([`stdout ${at(3)} three\n`]);
});

test('of a long log the end is kept, in whole lines', async () => {
  const line = `${at(1)} ${'x'.repeat(1000)}\n`;
  await keep(Array.from({ length: 12_000 }, () => ['stdout', line] as const).concat([['stdout', `${at(2)} end\n`]]));
  const file = logFiles.kept.get('U/1') ?? Buffer.alloc(0);
  expect(file.length).toBeLessThanOrEqual(keptLogBytesMax);
  expect(file.length).toBeGreaterThan(keptLogBytesMax - 2000);
  expect(file.toString('utf8', 0, 3)).toBe('1 2');
  expect((await read({ tail: 1 }))[0]).toBe('stdout end\n');
});
