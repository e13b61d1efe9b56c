import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { Caller } from '../../../../common/services.ts';
import { openRestFace, TOKENS } from '../../../rig/restFace.ts';

/** An execute that goes on until its client leaves, and counts who came and left. */
function endlessExecute() {
  const came = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const execute = async (_input: unknown, { signal }: Caller): Promise<never> => {
    came.resolve();
    await once(signal, 'abort');
    left.resolve();
    throw new Error('nobody hears this');
  };
  return { came: came.promise, left: left.promise, services: { replicaSet: { execute } } };
}

const path = '/api/v1/replicaSet/train/execute';
const rawRequest = (body: string, target = path, method = 'POST') =>
  `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKENS.admin}\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test('a command ends with the client that asked for it', async () => {
  const { came, left, services } = endlessExecute();
  await using rest = await openRestFace({ services });
  const socket = connect(rest.port, '127.0.0.1');
  socket.write(rawRequest('{"cmd":["sleep","inf"]}'));
  await came;
  socket.destroy();
  await left;
});

test('it ends too when its request waited behind another on the same connection', async () => {
  const { left, services } = endlessExecute();
  const blocked = Promise.withResolvers<void>();
  const stop = async () => {
    await blocked.promise;
    return null;
  };
  await using rest = await openRestFace({ services: { replicaSet: { ...services.replicaSet, stop } } });
  const socket = connect(rest.port, '127.0.0.1');
  socket.write(rawRequest('', '/api/v1/replicaSet/train/stop', 'PATCH') + rawRequest('{"cmd":["sleep","inf"]}'));
  socket.destroySoon();
  await left;
  blocked.resolve();
});

test('an answered request hears nothing when its connection closes later', async () => {
  const signals: AbortSignal[] = [];
  const stop = async (_input: unknown, { signal }: Caller) => {
    signals.push(signal);
    return null;
  };
  await using rest = await openRestFace({ services: { replicaSet: { stop } } });
  const socket = connect(rest.port, '127.0.0.1');
  socket.write(rawRequest('', '/api/v1/replicaSet/train/stop', 'PATCH'));
  await once(socket, 'data');
  socket.end();
  await once(socket, 'close');
  await rest.ask('GET', '/ping');
  expect(signals.map((signal) => signal.aborted)).toEqual([false]);
});
