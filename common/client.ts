/**
 * The daemon's procedures for a client on this host: tRPC over a WebSocket on the Unix socket.
 *
 * Invariants
 *  - `connect` ends within `timeoutMs`: with a connection, or with a ClientError that says what to do.
 *  - A query ends within `timeoutMs`. A change may take as long as it takes; it ends when the daemon goes away.
 *  - A call whose connection breaks is never repeated: a change that was cut off has an unknown outcome.
 *
 * Not here: the bytes of exec sessions (execClient.ts), words for failures (clientFailure.ts, unreachable.ts).
 */
import {
  createTRPCClient,
  createTRPCUntypedClient,
  createWSClient,
  type TRPCClient,
  TRPCClientError,
  type TRPCLink,
  type TRPCUntypedClient,
  type TRPCWebSocketClient,
  wsLink,
} from '@trpc/client';
import { observable } from '@trpc/server/observable';
import { ClientError, cutOff } from './clientFailure.ts';
import type { AppRouter } from './router.ts';
import { transformer } from './transformer.ts';
import { unixWebSocketClass } from './unixWebSocket.ts';
import { unreachable } from './unreachable.ts';

export interface ConnectOptions {
  readonly socket: string;
  /** Bounds the connecting and each query. */
  readonly timeoutMs?: number;
  /** Subscriptions survive a restart of the daemon; each then begins anew, with its snapshot. */
  readonly reconnect?: boolean;
  /** Told each time that a connection attempt fails after the first one had succeeded. */
  readonly onAway?: (reason: ClientError) => void;
}

export interface Client {
  readonly trpc: TRPCClient<AppRouter>;
  /** The same by contract path (`replicaSet.run`), for faces that are derived from the contract. */
  readonly byPath: TRPCUntypedClient<AppRouter>;
  close(): Promise<void>;
}

const KEEP_ALIVE = { enabled: true, intervalMs: 10_000, pongTimeoutMs: 10_000 };
const reconnectDelayMs = (attempt: number): number => Math.min(100 * 2 ** attempt, 3000);

/** Throws ClientError when the daemon cannot be reached. */
export async function connect(options: ConnectOptions): Promise<Client> {
  const { timeoutMs = 10_000 } = options;
  const ws = await openConnection(options, timeoutMs);
  const links = [guard(timeoutMs), wsLink<AppRouter>({ client: ws, transformer })];
  return {
    trpc: createTRPCClient<AppRouter>({ links }),
    byPath: createTRPCUntypedClient<AppRouter>({ links }),
    close: () => ws.close(),
  };
}

async function openConnection(
  { socket, reconnect = false, onAway }: ConnectOptions,
  timeoutMs: number,
): Promise<TRPCWebSocketClient> {
  let isOpened = false;
  const opened = Promise.withResolvers<void>();
  const ws = createWSClient({
    url: 'ws://localhost/trpc',
    WebSocket: unixWebSocketClass(socket, '/trpc', timeoutMs),
    keepAlive: KEEP_ALIVE,
    retryDelayMs: reconnectDelayMs,
    onOpen: () => {
      isOpened = true;
      opened.resolve();
    },
    onError: (event) => {
      const cause = event !== undefined && 'error' in event ? event.error : event;
      opened.reject(cause);
      if (isOpened) onAway?.(unreachable(socket, cause));
    },
    // Without this, calls made after a loss would wait for a daemon that may never come back.
    onClose: () => void (reconnect || ws.close()),
  });
  try {
    await opened.promise;
    return ws;
  } catch (error) {
    await ws.close();
    throw unreachable(socket, error);
  }
}

/** Gives queries their deadline, and a broken connection its meaning for the call that was under way. */
const guard =
  (timeoutMs: number): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) =>
    observable((observer) => {
      const fail = (error: Error): void => observer.error(TRPCClientError.from(error));
      const deadline = op.type === 'query' ? setTimeout(() => fail(tooLate(op.path, timeoutMs)), timeoutMs) : undefined;
      const call = next(op).subscribe({
        next: (value) => observer.next(value),
        error: (error) => fail(error.data ? error : cutOff(op.path, op.type === 'mutation', error)),
        complete: () => observer.complete(),
      });
      return () => {
        clearTimeout(deadline);
        call.unsubscribe();
      };
    });

const tooLate = (path: string, timeoutMs: number): ClientError =>
  new ClientError('unreachable', `berthd did not answer ${path} within ${timeoutMs / 1000} s`, {
    hint: 'It may be overloaded or stuck; its log may say why.',
  });
