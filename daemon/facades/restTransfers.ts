/**
 * Archives over HTTP, either way: the bytes are passed on as they come and nothing of them is kept.
 *
 * Invariants
 *  - A slow reader holds the engine back, and a slow engine holds the client back.
 *  - An archive that breaks off ends with a broken connection, never with an end that looks like one.
 *
 * Served on the REST address and, for the command line, on the Unix socket.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RestRoute } from '../../common/contract/define.ts';
import type { Bytes, Transfer } from '../../common/services.ts';
import { success } from './envelope.ts';

export const tarType = 'application/x-tar';

/** Whatever the body calls itself, it is taken as it comes. For a context with such routes alone. */
export function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** What came with the request; nothing where it has no body. */
export const bodyOf = ({ body }: FastifyRequest): Bytes => (body as Bytes | undefined) ?? Readable.from([]);

export function sendTransfer(reply: FastifyReply, route: RestRoute, { output, bytes }: Transfer): FastifyReply {
  if (route.header !== undefined) reply.header(route.header, headerOf(output));
  if (bytes === undefined) return reply.send(success(output));
  return reply.type(tarType).send(Readable.from(bytes, { objectMode: false }));
}

/** A header may hold little but ASCII, and file names hold anything. */
export const headerOf = (output: unknown): string => Buffer.from(JSON.stringify(output)).toString('base64');
