/**
 * What every REST request must pass before its body is read: the right host, no foreign page behind it, a known token.
 *
 * Invariants
 *  - A browser cannot be used against us: a name that resolves to us by trickery is not in the list of hosts
 *    (DNS rebinding), a page of another origin is refused by its Origin, and no CORS header is ever sent.
 *  - Routes are closed unless they say `open`.
 *
 * Not here: which tokens are known and what they may do (`authenticate`), what a role reaches (services.ts).
 */
import { isIPv4 } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.ts';
import type { Identity } from '../../common/services.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token. */
    open?: boolean;
    /** The number of failures that have none of their own. */
    fallback?: number | undefined;
    /** Its body is an archive, however long that takes to come. */
    takesBytes?: boolean;
  }
  interface FastifyRequest {
    identity: Identity | null;
  }
}

export interface GuardOptions {
  /** Whose token it is; undefined for nobody's. Called with undefined where none was sent. */
  readonly authenticate: (token: string | undefined) => Identity | undefined;
  /** Names and addresses, besides loopback, by which clients may call this server. */
  readonly hosts: readonly string[];
}

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

export const harden = (reply: FastifyReply): FastifyReply => reply.headers(HEADERS);

export function guard(app: FastifyInstance, { authenticate, hosts }: GuardOptions): void {
  const known = new Set(hosts.map((host) => host.toLowerCase()));
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request, reply) => {
    harden(reply);
    refuseForeignHost(request, known);
    refuseForeignOrigin(request);
    if (request.routeOptions.config.open === true) return;
    request.identity = authenticate(bearerOf(request)) ?? null;
    if (request.identity === null) throw new AppError('UNAUTHENTICATED', 'a valid token is needed');
  });
}

function refuseForeignHost({ headers }: FastifyRequest, known: ReadonlySet<string>): void {
  const host = hostnameOf(headers.host);
  if (host !== undefined && (isLoopback(host) || known.has(host))) return;
  const called = headers.host ? `does not go by the name "${headers.host}"` : 'is not told in Host how it was called';
  throw new AppError('FORBIDDEN', `this server ${called}; call it by 127.0.0.1 or localhost`);
}

/** `Host` without its port, brackets and capitals. */
function hostnameOf(host: string | undefined): string | undefined {
  const [, name] = /^(\[[0-9a-f:.]+\]|[^:/@\s]+)(?::\d+)?$/i.exec(host ?? '') ?? [];
  return name?.toLowerCase().replace(/^\[|\]$/g, '');
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** Browsers send Origin with everything that can change something; programs send none. */
function refuseForeignOrigin({ headers: { origin, host } }: FastifyRequest): void {
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())) return;
  throw new AppError('FORBIDDEN', `requests from pages of ${origin} are refused`);
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  const [, token] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  return token;
}
