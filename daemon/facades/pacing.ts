/**
 * Back-pressure on a WebSocket: no more is handed to it than a bound while its reader is behind.
 *
 * `ws` has no drain event. A ping is queued behind everything sent so far, and its callback comes when it has been
 * handed to the kernel, or when the connection is gone: that is the moment to go on.
 */
import { WebSocket } from 'ws';

/** What may wait in memory for one reader. */
export const bufferedBytesMax = 256 * 1024;

/** Resolves once at most `bufferedBytesMax` wait to be sent, or the connection is gone; never rejects. */
export async function drained(socket: WebSocket): Promise<void> {
  while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > bufferedBytesMax) await flushed(socket);
  // A closing one takes no more. Without the wait, a source that always has more would run on until it is closed,
  // and keep the event loop from ever hearing that.
  if (socket.readyState === WebSocket.CLOSING) await closed(socket);
}

const closed = (socket: WebSocket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

/** Resolves once everything sent so far is with the kernel, or the connection is gone; never rejects. */
export const flushed = (socket: WebSocket): Promise<void> =>
  new Promise((resolve) => socket.ping('', false, () => resolve()));

/** A client that sends but does not read is not read from either, so its answers cannot pile up. */
export function readOnlyWhileRead(socket: WebSocket): void {
  socket.on('message', () => {
    if (socket.isPaused || socket.bufferedAmount <= bufferedBytesMax) return;
    socket.pause();
    void drained(socket).then(() => socket.resume());
  });
}
