/**
 * Bytes from and to the daemon for a client on this host: HTTP on the Unix socket, for logs and archives.
 *
 * Invariants
 *  - Back-pressure reaches from one end to the other: who reads the answer slowly holds the container back.
 *  - A refusal is a ClientError in the daemon's words; a body that breaks off fails its reader.
 *
 * Not here: calls and subscriptions (client.ts), the bytes of commands (execClient.ts).
 */
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ClientError } from './clientFailure.ts';
import type { RestRoute } from './contract/define.ts';
import { unreachable } from './unreachable.ts';

export interface ByteRequest {
  readonly route: RestRoute;
  /** Fields of the procedure; those in the path are taken from here, the others stand in the query. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly accept?: string;
  readonly body?: Readable;
}

/** The error's code, beside the number that the envelope carries. */
export const errorCodeHeader = 'x-berth-error';

/** The answer, its body unread. Throws ClientError. */
export async function openBytes(socket: string, { route, input, accept, body }: ByteRequest): Promise<IncomingMessage> {
  const sent = request({
    socketPath: socket,
    method: route.method,
    path: pathOf(route, input),
    headers: { host: 'localhost', ...(accept === undefined ? {} : { accept }), ...(body === undefined ? {} : TAR) },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', (error) => reject(unreachable(socket, error)));
  });
  answered.catch(() => undefined);
  if (body === undefined) sent.end();
  else await Promise.race([pipeline(body, sent), answered]).catch(ignoreAnswered);
  const answer = await answered;
  if (answer.statusCode === 200) return answer;
  throw refusalOf(answer, await text(answer));

  /** A daemon that refuses before it was sent everything has its say all the same. */
  async function ignoreAnswered(error: unknown): Promise<void> {
    if (body?.errored) throw body.errored;
    await answered.catch(() => Promise.reject(error as Error));
  }
}

const TAR = { 'content-type': 'application/x-tar', 'transfer-encoding': 'chunked' };

function pathOf({ path }: RestRoute, input: ByteRequest['input']): string {
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, field]) => field));
  const filled = path.replaceAll(/:(\w+)/g, (_, field: string) => encodeURIComponent(String(input[field])));
  const query = Object.entries(input).filter(([field, value]) => !inPath.has(field) && value !== undefined);
  const search = new URLSearchParams(Object.fromEntries(query.map(([field, value]) => [field, String(value)])));
  return `/api/v1${filled}?${search.toString()}`;
}

function refusalOf(answer: IncomingMessage, body: string): ClientError {
  const code = answer.headers[errorCodeHeader];
  return new ClientError('reported', messageIn(body) ?? `berthd answered ${answer.statusCode}`, {
    hint: '',
    ...(typeof code === 'string' ? { code } : {}),
  });
}

function messageIn(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { readonly msg?: string }).msg;
  } catch {
    return undefined;
  }
}
