/** A REST server on a free port, over faked services, with a client that sends exactly what a test says. */
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../daemon/facades/listen.ts';
import { createRestServer } from '../../daemon/facades/rest.ts';
import { tokenHash, tokenMatcher } from '../../daemon/facades/tokens.ts';
import { fakeServices, type ServiceOverrides } from './fakeServices.ts';
import { RecordingLog } from './recordingLog.ts';

export const TOKENS = { admin: 'admin-token', operate: 'operate-token', view: 'view-token' } as const;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The envelope, where the answer is one. */
  readonly body: { readonly code: number; readonly msg: string; readonly data: unknown };
}

export interface Question {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, as JSON unless the headers say otherwise. */
  readonly raw?: string | Buffer;
  /** An undefined one is left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface RestFace extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly log: RecordingLog;
  ask(method: string, path: string, question?: Question): Promise<Answer>;
  /** Resolves with the answer's head, its body unread. */
  open(method: string, path: string, question?: Question): Promise<[ClientRequest, IncomingMessage]>;
  close(): Promise<void>;
}

export interface RestFaceOptions {
  readonly services?: ServiceOverrides;
  readonly hosts?: readonly string[];
  readonly legacyStatus?: boolean;
}

const authenticate = tokenMatcher(
  (['admin', 'operate', 'view'] as const).map((role) => ({ actor: role, role, sha256: tokenHash(TOKENS[role]) })),
);

export async function openRestFace({ services, hosts = [], legacyStatus = false }: RestFaceOptions = {}) {
  const log = new RecordingLog();
  const shared = { authenticate, hosts, legacyStatus, log, version: '0.0.0' };
  const app = await createRestServer({ ...shared, services: fakeServices(services) });
  const url = await listen(app, { host: '127.0.0.1', port: 0 });
  const send = (method: string, path: string, question: Question = {}) => ask(url + path, method, question);
  const face: RestFace = {
    url,
    port: Number(new URL(url).port),
    log,
    ask: async (method, path, question) => await answerOf(await opened(send(method, path, question))),
    open: async (method, path, question) => {
      const sent = send(method, path, question);
      return [sent, await opened(sent)];
    },
    close: () => app.close(),
    [Symbol.asyncDispose]: () => app.close(),
  };
  return face;
}

function ask(url: string, method: string, { json, raw, headers = {} }: Question): ClientRequest {
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  const defaults = {
    authorization: `Bearer ${TOKENS.admin}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  const sent = Object.entries({ ...defaults, ...headers }).filter(([, value]) => value !== undefined);
  return request(url, { method, headers: Object.fromEntries(sent), agent: false }).end(body);
}

const opened = (sent: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => sent.once('response', resolve).once('error', reject));

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const got = await text(response);
  const isJson = response.headers['content-type']?.startsWith('application/json') === true && got !== '';
  const body = (isJson ? JSON.parse(got) : { code: 0, msg: '', data: null }) as Answer['body'];
  return { status: response.statusCode ?? 0, headers: response.headers, text: got, body };
}
