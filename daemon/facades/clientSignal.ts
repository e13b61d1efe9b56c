/**
 * A signal for each request that fires when its client leaves before it was answered.
 *
 * One listener a connection, not a request: requests may queue on one connection, and those that were not yet
 * begun to be answered hear nothing of their own when it breaks.
 */
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

const unanswered = new WeakMap<Socket, Set<AbortController>>();

export function clientSignal(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  const waiting = unanswered.get(request.socket) ?? watched(request.socket);
  waiting.add(left);
  reply.raw.once('finish', () => waiting.delete(left));
  return left.signal;
}

function watched(socket: Socket): Set<AbortController> {
  const waiting = new Set<AbortController>();
  unanswered.set(socket, waiting);
  socket.once('close', () => {
    for (const left of waiting) left.abort();
  });
  return waiting;
}
