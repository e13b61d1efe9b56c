/**
 * Why a Unix socket could not be used, in words that say what to do.
 *
 * Not here: connecting (client.ts, execClient.ts).
 */
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { ClientError } from './clientFailure.ts';

/** Where an installed daemon listens. */
export const defaultSocket = '/run/berth/berth.sock';

/** `cause`: what `net.connect` or the WebSocket handshake failed with. */
export function unreachable(socket: string, cause: unknown): ClientError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [message, hint] = explain(socket, code, cause instanceof Error ? cause.message : String(cause));
  return new ClientError('unreachable', message, { hint, cause });
}

function explain(socket: string, code: string, text: string): readonly [message: string, hint: string] {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return [`berthd is not running (socket ${socket})`, howToStart(socket)];
  }
  if (code === 'EACCES' || code === 'EPERM') return [`you may not use berthd's socket ${socket}`, whoMay(socket)];
  if (text.includes('handshake has timed out')) {
    return [`berthd does not answer (socket ${socket})`, 'It accepts connections but is stuck; its log may say why.'];
  }
  if (text.startsWith('Unexpected server response')) {
    return [
      `what listens on ${socket} is not berthd, or refused this client (${text.toLowerCase()})`,
      'Check --socket and BERTH_SOCKET.',
    ];
  }
  return [`cannot connect to berthd (socket ${socket}): ${text}`, 'Check --socket and BERTH_SOCKET.'];
}

function howToStart(socket: string): string {
  if (socket === defaultSocket) {
    return 'Start it with `sudo systemctl start berthd`, in a checkout with `make run`; or name another socket with --socket or BERTH_SOCKET.';
  }
  return `Start it with \`berthd serve --socket ${socket}\`, in a checkout with \`make run\`; or name another socket with --socket or BERTH_SOCKET.`;
}

function whoMay(socket: string): string {
  const gid = groupOf(socket);
  if (gid === undefined) return 'Ask an administrator of this host for access.';
  const group = groupName(gid);
  const user = userInfo().username;
  return `It is for members of the group "${group}". Ask an administrator for \`sudo usermod -aG ${group} ${user}\`, then log in again.`;
}

/** The group of the socket, or of the nearest folder above it that can be looked at. */
function groupOf(path: string): number | undefined {
  try {
    return statSync(path).gid;
  } catch {
    return dirname(path) === path ? undefined : groupOf(dirname(path));
  }
}

function groupName(gid: number): string {
  try {
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(gid));
    return line?.split(':')[0] ?? String(gid);
  } catch {
    return String(gid);
  }
}
