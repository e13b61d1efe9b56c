/**
 * Berth as a service under a real systemd, from its installation to its removal. The tests build on each other in this
 * order, as the days of a machine do.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../rig/eventually.ts';
import { testDockerHost } from '../rig/sharedEngine.ts';
import { IMAGE, outsideView } from '../rig/testEngine.ts';
import { Machine } from './machine.ts';

const units = ['berthd.service', 'berthd.socket', 'berthd-rest.socket'] as const;
const configFile = 'etc/berth/berth.toml';

interface Version {
  readonly pid: number;
  readonly instance: string;
  readonly engine: { readonly state: string };
}

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot();
});
afterAll(async () => {
  await machine?.stop();
});

const version = async (): Promise<Version> => JSON.parse(await machine.run('berth', 'version', '--json')) as Version;
const asUser = (name: string) => machine.attempt('runuser', '-u', name, '--', 'berth', 'ls', '--json');

test('the units have no fault that systemd-analyze knows', async () => {
  expect(await machine.attempt('systemd-analyze', 'verify', ...units)).toEqual({ exitCode: 0, all: '' });
});

test('the first connection to the Unix socket starts the daemon', async () => {
  await machine.run('systemd-sysusers');
  await machine.run('systemctl', 'start', 'berthd.socket', 'berthd-rest.socket');
  expect(await machine.property('ActiveState')).toBe('inactive');
  const { pid } = await version();
  expect(await machine.property('ActiveState')).toBe('active');
  expect(await machine.property('MainPID')).toBe(String(pid));
});

test('systemd hears that the daemon is ready, and where it listens', async () => {
  expect(await machine.property('StatusText')).toMatch(/^serving, unix:.* and http:\/\/127\.0\.0\.1:2378$/);
});

test('REST answers on the socket that systemd opened', async () => {
  expect(await machine.run('curl', '--silent', 'http://127.0.0.1:2378/ping')).toBe('{"message":"pong"}');
});

test('without Docker the daemon says so and answers reads', async () => {
  expect((await version()).engine.state).toBe('down');
  expect(await machine.run('berth', 'ls', '--json')).toContain('[]');
  expect(await machine.attempt('berth', 'run', 'demo', IMAGE)).toMatchObject({
    exitCode: 1,
    all: expect.stringContaining('Docker does not answer'),
  });
});

test('the journal knows how bad each message is', async () => {
  const journal = await machine.journal();
  const priorityOf = (start: string) => journal.find(({ MESSAGE }) => MESSAGE.startsWith(start))?.PRIORITY;
  expect(priorityOf('berthd is ready')).toBe('6');
  expect(priorityOf('the engine does not answer')).toBe('4');
});

test('members of the group berth come in by the Unix socket, others do not', async () => {
  await machine.run('useradd', '--groups', 'berth', 'anna');
  await machine.run('useradd', 'otto');
  expect((await asUser('anna')).exitCode).toBe(0);
  expect((await asUser('otto')).exitCode).toBe(3);
});

/** What hardening must leave alone, each with what it would take away. */
test.each([
  ['DevicePolicy', 'auto', 'the GPUs'],
  ['PrivateDevices', 'no', 'the GPUs'],
  ['ProtectClock', 'no', 'the GPUs, as it denies every device but the clock'],
  ['ProtectKernelModules', 'no', 'the driver that nvidia-smi loads'],
  ['PrivateUsers', 'no', 'who the caller is'],
  ['ProtectProc', 'default', 'the containers that processes of others belong to'],
  ['ProcSubset', 'all', 'the containers that processes of others belong to'],
  ['PrivateTmp', 'no', 'the files that the engine sees'],
  ['MemoryDenyWriteExecute', 'no', 'V8'],
  ['RestrictSUIDSGID', 'no', 'the setuid files of a volume that shrinks'],
])('%s is %s, or the daemon would lose %s', async (name, value) => {
  expect(await machine.property(name)).toBe(value);
});

test('a container runs once Docker comes, and runs on while the daemon is stopped', async () => {
  machine.write(configFile, 'gpus = "sim:2"\n');
  await machine.run('systemctl', 'restart', 'berthd');
  await machine.engineComes(testDockerHost().replace('unix://', ''));
  await eventually('Docker answers', async () => (await version()).engine.state === 'up', 60_000);
  await recovered('berth', 'run', 'boot', IMAGE, '--gpus', '2', '--', 'sleep', '3600');
  const before = await container();
  expect(before).toMatchObject({ running: true });
  await machine.run('systemctl', 'stop', 'berthd.service');
  expect(await container()).toEqual(before);
  await recovered('berth', 'rm', 'boot', '-y');
});

/** Runs a command that changes something, as soon as the daemon that was just started takes it. */
const recovered = (...command: readonly string[]) =>
  eventually(command.join(' '), async () => {
    const { exitCode, all } = await machine.attempt(...command);
    if (exitCode !== 0 && !all.includes('still recovering')) throw new Error(all);
    return exitCode === 0;
  });

test('volumes are mounted where the whole machine sees them, and keep setuid files when they shrink', async () => {
  await recovered('berth', 'volume', 'create', 'bar', '40MB');
  const seen = await machine.run('grep', '/berth/volumes/bar-', '/proc/1/mountinfo');
  expect(seen).toMatch(/\/mount rw,nosuid,nodev,.* ext4 \/dev\/loop/);
  const data = `${seen.split(' ')[4]}/data`;
  await machine.run('install', '-m', '4755', '/bin/true', `${data}/setuid`);
  await recovered('berth', 'volume', 'resize', 'bar', '10MB', '-y');
  expect(await machine.run('stat', '-c', '%a', `${data}/setuid`)).toBe('4755');
  await machine.run('systemctl', 'restart', 'berthd');
  expect(await machine.run('berth', 'volume', 'ls')).toContain('bar');
  await recovered('berth', 'volume', 'rm', 'bar', '-y');
  expect(await machine.attempt('grep', '/berth/volumes/bar-', '/proc/1/mountinfo')).toMatchObject({ exitCode: 1 });
});

const container = () => outsideView().inspectContainer('boot-1');

test('a stop is clean, and the next connection starts the daemon again', async () => {
  await machine.run('systemctl', 'stop', 'berthd.service');
  expect(await machine.property('Result')).toBe('success');
  expect(await machine.property('ExecMainStatus')).toBe('0');
  expect((await machine.journal()).at(-1)?.MESSAGE).toBe('stopped; containers run on');
  expect(await machine.run('curl', '--silent', 'http://127.0.0.1:2378/ping')).toBe('{"message":"pong"}');
});

/** Asks at both doors in turn as long as the restart takes, and once more. */
const askMeanwhile = `
  (systemctl restart berthd; touch /run/restarted) &
  until [ -e /run/asked ]; do
    [ ! -e /run/restarted ] || touch /run/asked
    curl -s -o /dev/null -w 'rest %{http_code}\n' http://127.0.0.1:2378/ping
    curl -s -o /dev/null -w 'unix %{http_code}\n' --unix-socket /run/berth/berth.sock http://berth/
  done`;

test('no connection is refused while the daemon restarts', async () => {
  const before = await version();
  const answers = (await machine.run('sh', '-c', askMeanwhile)).split('\n');
  // 404: there are only WebSockets at that door. 503: the same from a daemon that is closing. Refused would be 000.
  expect(answers.filter((it) => !['rest 200', 'unix 404', 'unix 503'].includes(it))).toEqual([]);
  const after = await version();
  expect(after.pid).not.toBe(before.pid);
  expect(after.instance).toBe(before.instance);
});

test('a daemon that is killed comes back with its state', async () => {
  const before = await version();
  await machine.run('systemctl', 'kill', '--signal', 'KILL', 'berthd.service');
  await machine.until('NRestarts', (count) => count === '1');
  const after = await version();
  expect(after.pid).not.toBe(before.pid);
  expect(after.instance).toBe(before.instance);
});

test('a daemon that hangs is noticed and started anew', async () => {
  expect(await machine.property('WatchdogUSec')).toBe('30s'); // Shorter from here on, so that nobody waits.
  await machine.run('mkdir', '-p', '/run/systemd/system/berthd.service.d');
  machine.write('opt/watchdog.conf', '[Service]\nWatchdogSec=6s\nTimeoutAbortSec=1s\n');
  await machine.run('cp', '/opt/watchdog.conf', '/run/systemd/system/berthd.service.d');
  await machine.run('systemctl', 'daemon-reload');
  await machine.run('systemctl', 'restart', 'berthd');
  const first = await machine.property('WatchdogTimestampMonotonic');
  await machine.until('WatchdogTimestampMonotonic', (heard) => heard !== first);
  await machine.run('systemctl', 'kill', '--signal', 'STOP', 'berthd.service');
  await machine.until('NRestarts', (count) => count === '1');
  await machine.until('ActiveState', (state) => state === 'active');
});

test('a wrong configuration is told once, and not tried again', async () => {
  machine.write(configFile, 'gpuz = "none"\n');
  expect((await machine.attempt('systemctl', 'restart', 'berthd')).exitCode).toBe(1);
  expect(await machine.property('SubState')).toBe('failed'); // Not 'auto-restart'.
  expect(await machine.property('ExecMainStatus')).toBe('2');
  const messages = (await machine.journal()).map(({ MESSAGE }) => MESSAGE);
  expect(messages.filter((message) => message.includes('did you mean "gpus"?'))).toHaveLength(1);
  machine.write(configFile, 'gpus = "none"\n');
  await machine.run('systemctl', 'restart', 'berthd');
});

test('what the installer says next is enough for every boot', async () => {
  await machine.run('systemctl', 'stop', ...units);
  await machine.run('systemctl', 'enable', '--no-reload', 'berthd');
  await machine.run('systemctl', 'start', 'berthd');
  expect(await machine.run('systemctl', 'is-enabled', ...units)).toBe('enabled\nenabled\nenabled');
  expect(await machine.run('systemctl', 'is-active', ...units)).toBe('active\nactive\nactive');
});

test('the removal leaves configuration and state, and nothing else', async () => {
  await machine.run('sh', '/opt/uninstall.sh');
  expect((await machine.attempt('systemctl', 'is-active', ...units)).all).toBe('inactive\ninactive\ninactive');
  const left = await machine.run(
    'find',
    '/etc',
    '/usr',
    '/var',
    '/run',
    '-path',
    '*berth*',
    '-not',
    '-path',
    '/run/systemd/*',
  );
  expect(left.split('\n').filter((path) => !path.startsWith('/var/lib/berth'))).toEqual([
    '/etc/berth',
    `/${configFile}`,
  ]);
  expect(left).toContain('/var/lib/berth/HEAD');
});
