/** A tRPC and exec server on a Unix socket in a directory of its own, over faked services, with a plain client. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTRPCUntypedClient, createWSClient, type TRPCUntypedClient, wsLink } from '@trpc/client';
import { WebSocket } from 'ws';
import type { AppRouter } from '../../common/router.ts';
import type { Identity } from '../../common/services.ts';
import { transformer } from '../../common/transformer.ts';
import type { OpenAttach, OpenExec } from '../../daemon/facades/execChannel.ts';
import { listen } from '../../daemon/facades/listen.ts';
import { createTrpcServer } from '../../daemon/facades/trpcSocket.ts';
import { fakeServices, type ServiceOverrides } from './fakeServices.ts';
import { RecordingLog } from './recordingLog.ts';

export interface SocketFaceOptions {
  readonly services?: ServiceOverrides;
  /** Who every caller is. */
  readonly identify?: () => Identity;
  readonly exec?: OpenExec;
  readonly attach?: OpenAttach;
}

export interface SocketFace extends AsyncDisposable {
  readonly path: string;
  readonly log: RecordingLog;
  readonly trpc: TRPCUntypedClient<AppRouter>;
  /** A bare connection to `/trpc` or `/exec`, open. */
  connect(route: '/trpc' | '/exec' | '/attach'): Promise<WebSocket>;
  close(): Promise<void>;
}

/** Short, so that a test can wait longer. */
export const closeTimeoutMs = 200;

const refuseExec = async (): Promise<never> => {
  throw new Error('this test opens no exec');
};

export async function openSocketFace(options: SocketFaceOptions = {}): Promise<SocketFace> {
  const dir = await mkdtemp(join(tmpdir(), 'berth-face-'));
  const path = join(dir, 'berth.sock');
  const log = new RecordingLog();
  const identify = options.identify ?? (() => ({ actor: 'alice', role: 'admin' }));
  const app = await createTrpcServer({
    services: fakeServices(options.services),
    identify,
    exec: options.exec ?? refuseExec,
    attach: options.attach ?? refuseExec,
    log,
    closeTimeoutMs,
  });
  await listen(app, { path, mode: 0o600 });
  const ws = createWSClient({
    url: `ws+unix://${path}:/trpc`,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  const close = async (): Promise<void> => {
    await ws.close();
    await app.close();
    await rm(dir, { recursive: true, force: true });
  };
  return {
    path,
    log,
    trpc: createTRPCUntypedClient<AppRouter>({ links: [wsLink({ client: ws, transformer })] }),
    connect: (route) => opened(new WebSocket(`ws+unix://${path}:${route}`)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const opened = (socket: WebSocket): Promise<WebSocket> =>
  new Promise((resolve, reject) => socket.once('open', () => resolve(socket)).once('error', reject));
