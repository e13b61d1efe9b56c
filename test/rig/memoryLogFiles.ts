/** Kept logs in memory. */
import type { ByteStream } from '../../daemon/core/engineStreams.ts';
import type { LogFiles } from '../../daemon/core/keptLogs.ts';

export class MemoryLogFiles implements LogFiles {
  /** `UID/VERSION` → the file. */
  readonly kept = new Map<string, Buffer>();

  async write(uid: string, version: number, bytes: ByteStream): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    this.kept.set(`${uid}/${version}`, Buffer.concat(chunks));
  }

  async read(uid: string, version: number): Promise<ByteStream | undefined> {
    const file = this.kept.get(`${uid}/${version}`);
    return file && once(file);
  }

  async remove(uid: string): Promise<void> {
    for (const key of [...this.kept.keys()].filter((it) => it.startsWith(`${uid}/`))) this.kept.delete(key);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
