/** Frames of an exec, however they are cut, and the engine's own words among them. */
import { describe, expect, test } from 'vitest';
import {
  type ExecChunk,
  framedChunks,
  terminalChunks,
  withoutRefusal,
} from '../../../../daemon/adapters/dockerExecStream.ts';

const frame = (stream: 1 | 2, text: string): Buffer => {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gather(chunks: AsyncIterable<ExecChunk>) {
  const all: [string, string][] = [];
  for await (const { stream, bytes } of chunks) {
    const last = all.at(-1);
    if (last?.[0] === stream) last[1] += Buffer.from(bytes).toString();
    else all.push([stream, Buffer.from(bytes).toString()]);
  }
  return all;
}

describe('frames', () => {
  const wire = Buffer.concat([frame(1, 'one '), frame(2, 'two '), frame(1, ''), frame(1, 'three')]);

  test.each([1, 3, 7, 8, 9, 1000])('cut every %i bytes give the same streams in the same order', async (size) => {
    expect(await gather(framedChunks(cut(wire, size)))).toEqual([
      ['stdout', 'one '],
      ['stderr', 'two '],
      ['stdout', 'three'],
    ]);
  });

  test('are passed on before they are whole', async () => {
    const chunks = framedChunks(cut(frame(1, 'a long line'), 10));
    expect(Buffer.from((await chunks.next()).value?.bytes ?? []).toString()).toBe('a ');
  });
});

test('a terminal is one stream', async () => {
  expect(await gather(terminalChunks(cut(frame(2, 'raw'), 100)))).toEqual([['stdout', frame(2, 'raw').toString()]]);
});

describe('a refusal of the engine', () => {
  async function* say(...texts: string[]): AsyncGenerator<ExecChunk> {
    for (const text of texts) yield { stream: 'stdout', bytes: Buffer.from(text) };
  }
  const told: string[] = [];
  const settle = (isRefusal: boolean) => async (text: string) => {
    told.push(text);
    return isRefusal;
  };

  test('is kept from the output, however it is cut', async () => {
    const chunks = say('OCI run', 'time exec failed: exec: "x": not found', '\r\n');
    expect(await gather(withoutRefusal(chunks, settle(true)))).toEqual([]);
    expect(told.at(-1)).toBe('OCI runtime exec failed: exec: "x": not found');
  });

  test('that turns out to be the output of a command is passed on', async () => {
    const text = 'OCI runtime exec failed: says a log file\n';
    expect(await gather(withoutRefusal(say(text), settle(false)))).toEqual([['stdout', text]]);
  });

  test('is no reason to keep other output back', async () => {
    const chunks = withoutRefusal(say('O', 'K\n', 'more'), settle(true));
    const parts: string[] = [];
    for await (const { bytes } of chunks) parts.push(Buffer.from(bytes).toString());
    expect(parts).toEqual(['O', 'K\n', 'more']);
  });

  test('cannot be so long that memory fills', async () => {
    const flood = 'OCI runtime exec failed: '.padEnd(5000, '.');
    expect(await gather(withoutRefusal(say(flood, 'end'), settle(true)))).toEqual([['stdout', `${flood}end`]]);
  });
});
