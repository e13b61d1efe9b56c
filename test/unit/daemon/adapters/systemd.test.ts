import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createNotifier, listenFds } from '../../../../daemon/adapters/systemd.ts';

const pid = 4711;
const activated = { LISTEN_PID: '4711', LISTEN_FDS: '2', LISTEN_FDNAMES: 'rpc:rest' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A notifier and the datagrams it sent. */
function notified(env: Record<string, string | undefined>, taken = true) {
  const sent: string[] = [];
  const send = (path: string, text: string) => {
    sent.push(`${path} ${text}`);
    return taken;
  };
  return { sent, notifier: createNotifier(env, pid, send) };
}

test('inherited sockets are found by the names of their units', () => {
  expect(listenFds({ ...activated }, pid)).toEqual(
    new Map([
      ['rpc', 3],
      ['rest', 4],
    ]),
  );
});

test('sockets that were meant for another process are left alone', () => {
  expect(listenFds({ ...activated, LISTEN_PID: '1' }, pid)).toEqual(new Map());
});

test('a process that systemd did not start has no sockets', () => {
  expect(listenFds({}, pid)).toEqual(new Map());
});

test('a count that is no number gives no sockets', () => {
  expect(listenFds({ ...activated, LISTEN_FDS: 'two' }, pid)).toEqual(new Map());
});

test('two sockets of one name are refused, as one would never be served', () => {
  expect(() => listenFds({ ...activated, LISTEN_FDNAMES: 'rest:rest' }, pid)).toThrow(
    "systemd passed two sockets named 'rest'; keep one ListenStream= in each .socket unit",
  );
});

test('children see nothing of what systemd told the daemon', () => {
  const env = { ...activated, NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '1', WATCHDOG_PID: '4711', HOME: '/root' };
  listenFds(env, pid);
  createNotifier(env, pid);
  expect(env).toEqual({ HOME: '/root' });
});

test('ready, status and stopping go to the notify socket', () => {
  const { sent, notifier } = notified({ NOTIFY_SOCKET: '/run/notify' });
  expect(notifier.ready('serving')).toBe(true);
  notifier.status('Docker is down:\n retrying');
  notifier.stopping();
  expect(sent).toEqual([
    '/run/notify READY=1\nSTATUS=serving',
    '/run/notify STATUS=Docker is down: retrying',
    '/run/notify STOPPING=1',
  ]);
});

test('a ready message that systemd did not get is reported', () => {
  expect(notified({ NOTIFY_SOCKET: '/run/notify' }, false).notifier.ready('serving')).toBe(false);
});

test('without a notify socket nothing is sent and nothing is amiss', () => {
  const { sent, notifier } = notified({ WATCHDOG_USEC: '20000' });
  expect(notifier.ready('serving')).toBe(true);
  notifier.startWatchdog(() => true);
  vi.advanceTimersByTime(100);
  expect(sent).toEqual([]);
});

test('the watchdog hears from a healthy daemon twice in its period, until disposed of', () => {
  const { sent, notifier } = notified({ NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '20000', WATCHDOG_PID: '4711' });
  const watchdog = notifier.startWatchdog(() => true);
  vi.advanceTimersByTime(20);
  expect(sent).toEqual(['@n WATCHDOG=1', '@n WATCHDOG=1', '@n WATCHDOG=1']);
  watchdog[Symbol.dispose]();
  vi.advanceTimersByTime(100);
  expect(sent).toHaveLength(3);
});

test('the watchdog hears nothing while the daemon is not healthy', () => {
  const { sent, notifier } = notified({ NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '20000' });
  let healthy = false;
  notifier.startWatchdog(() => healthy);
  vi.advanceTimersByTime(15);
  expect(sent).toEqual([]);
  healthy = true;
  vi.advanceTimersByTime(10);
  expect(sent).toEqual(['@n WATCHDOG=1']);
});

test('a watchdog that watches another process hears nothing', () => {
  const { sent, notifier } = notified({ NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '20000', WATCHDOG_PID: '1' });
  notifier.startWatchdog(() => true);
  vi.advanceTimersByTime(100);
  expect(sent).toEqual([]);
});
