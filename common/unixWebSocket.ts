/**
 * WebSockets over a Unix socket, for tRPC and for exec. Any path works, with colons and blanks too, which a
 * `ws+unix://` address cannot carry.
 */
import { connect } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';

const options = (socket: string, timeoutMs: number): ClientOptions => ({
  createConnection: () => connect({ path: socket, timeout: timeoutMs }),
  // Only listens for the timeout that the socket above was given.
  handshakeTimeout: timeoutMs,
  perMessageDeflate: false,
});

/** `path` is the route, `/trpc` or `/exec`. A handshake that takes longer than `timeoutMs` fails. */
export const openUnixWebSocket = (socket: string, path: string, timeoutMs: number): WebSocket =>
  new WebSocket(`ws://localhost${path}`, options(socket, timeoutMs));

/** The same in the form of a class, which tRPC's client wants. It ignores the address it is given. */
export const unixWebSocketClass = (socket: string, path: string, timeoutMs: number): typeof globalThis.WebSocket =>
  class extends WebSocket {
    constructor() {
      super(`ws://localhost${path}`, options(socket, timeoutMs));
    }
  } as unknown as typeof globalThis.WebSocket;
