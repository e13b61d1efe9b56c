/**
 * What systemd and the daemon tell each other: sockets that were opened for us, and how we are.
 *
 * Invariants
 *  - The variables that carry it are taken out of the environment when read, so that no child takes itself for the
 *    service.
 *  - Outside systemd everything here does nothing.
 *
 * Sources: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3). Not here: the datagram itself (libc.ts).
 */
import { sendDatagram } from './libc.ts';

export interface Notifier {
  /** The service is up; units that wait for it may start. False when systemd waits for this and did not get it. */
  ready(status: string): boolean;
  /** One line for `systemctl status`. */
  status(text: string): void;
  stopping(): void;
  /** Says in time, as often as systemd wants to hear it, that `healthy()` holds. Silence makes systemd restart us. */
  startWatchdog(healthy: () => boolean): Disposable;
}

type Environment = Record<string, string | undefined>;

/** The first descriptor that systemd hands over; the others follow it. */
const firstFd = 3;

/**
 * The sockets that were opened for this process, by the `FileDescriptorName=` of their units.
 * Throws when two have one name: one of them would accept connections that nobody answers.
 */
export function listenFds(env: Environment, pid: number): ReadonlyMap<string, number> {
  const forUs = Number(take(env, 'LISTEN_PID')) === pid;
  const count = Number(take(env, 'LISTEN_FDS') ?? 0);
  const names = take(env, 'LISTEN_FDNAMES')?.split(':') ?? [];
  if (!forUs) return new Map();
  const fds = Array.from({ length: count }, (_, index) => [names[index] ?? 'unknown', firstFd + index] as const);
  const twice = fds.find(([name, fd]) => fds.some(([other, otherFd]) => other === name && otherFd !== fd));
  if (twice)
    throw new Error(`systemd passed two sockets named '${twice[0]}'; keep one ListenStream= in each .socket unit`);
  return new Map(fds);
}

export function createNotifier(env: Environment, pid: number = process.pid, send = sendDatagram): Notifier {
  const address = take(env, 'NOTIFY_SOCKET');
  const periodUs = Number(take(env, 'WATCHDOG_USEC') ?? 0);
  const watched = Number(take(env, 'WATCHDOG_PID') ?? pid) === pid && periodUs > 0;
  const tell = (...lines: readonly string[]): boolean => address === undefined || send(address, lines.join('\n'));
  return {
    ready: (status) => tell('READY=1', `STATUS=${oneLine(status)}`),
    status: (text) => void tell(`STATUS=${oneLine(text)}`),
    stopping: () => void tell('STOPPING=1'),
    startWatchdog: (healthy) => (watched ? repeat(periodUs / 2000, () => healthy() && tell('WATCHDOG=1')) : nothing),
  };
}

const nothing: Disposable = { [Symbol.dispose]: () => undefined };

/** Once now, then at every interval until disposed of; it does not keep the process alive. */
function repeat(intervalMs: number, action: () => unknown): Disposable {
  action();
  const timer = setInterval(action, intervalMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** A second line would be taken for another variable. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

function take(env: Environment, name: string): string | undefined {
  const value = env[name];
  delete env[name];
  return value;
}
