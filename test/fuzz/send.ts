/** Sends one request to the letter, paths included, and takes what comes back; leaves streams that go on. */
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request as open } from 'node:http';
import type { Request } from './draft.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** False: the client left before its end. */
  readonly whole: boolean;
}

export interface Door {
  readonly port: number;
  readonly agent: Agent;
  readonly tokens: Readonly<Record<'admin' | 'operate' | 'view', string>>;
}

/** How long a request is waited for that may never be answered, and one that has to be. */
const patienceMs = { goesOn: 10, answers: 60_000 };

/** Undefined: it was left before anything came, as it may go on. Throws when an answer never comes or breaks off. */
export async function send(door: Door, sent: Request, mayGoOn: boolean): Promise<Answer | undefined> {
  const leaving = AbortSignal.timeout(mayGoOn ? patienceMs.goesOn : patienceMs.answers);
  const response = await head(door, sent, leaving).catch((error: unknown) => {
    if (leaving.aborted && mayGoOn) return undefined;
    throw error;
  });
  if (response === undefined) return undefined;
  const chunks: Buffer[] = [];
  let whole = true;
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    if (!leaving.aborted || !mayGoOn) throw error;
    whole = false;
  }
  const { statusCode: status = 0, headers } = response;
  return { status, headers, text: Buffer.concat(chunks).toString(), whole };
}

function head(door: Door, sent: Request, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const body = sent.body === undefined ? undefined : Buffer.from(sent.body, sent.isBytes ? 'base64' : 'utf8');
  const headers = {
    ...(sent.role === 'none' ? {} : { authorization: `Bearer ${door.tokens[sent.role]}` }),
    ...(body === undefined ? {} : { 'content-length': body.length }),
    ...sent.headers,
  };
  const { port, agent } = door;
  open({ host: '127.0.0.1', port, agent, method: sent.method, path: sent.path, headers, signal })
    .once('response', resolve)
    .once('error', reject)
    .end(body);
  return promise;
}
