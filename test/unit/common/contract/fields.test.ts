import { describe, expect, test } from 'vitest';
import { ExecOpen } from '../../../../common/contract/exec.ts';
import { parseInput } from '../../../../common/contract/parse.ts';
import { execute, run } from '../../../../common/contract/replicaSet.ts';
import { kill } from '../../../../common/contract/runState.ts';

describe.each([
  ['run', (cmd: unknown) => parseInput(run.input, { imageName: 'busybox', replicaSetName: 'train', cmd })],
  ['execute', (cmd: unknown) => parseInput(execute.input, { name: 'train', cmd })],
  ['the exec channel', (cmd: unknown) => parseInput(ExecOpen, { name: 'train', cmd })],
])('%s', (_face, read) => {
  test.each([
    [['sh', '-c', 'a\0b'], 'cmd[2]: a NUL cannot stand in an argument'],
    [['\0'], 'cmd[0]: a NUL cannot stand in an argument'],
    [[''], 'cmd: the command is an empty text'],
    [['', 'ls'], 'cmd: the command is an empty text'],
  ])('refuses the command %j', (cmd, message) => {
    expect(() => read(cmd)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message }));
  });

  test('takes an empty argument behind a command', () => {
    expect(read(['echo', '', '\n'])).toMatchObject({ cmd: ['echo', '', '\n'] });
  });
});

test.each([[undefined], [null], [[]]])('run leaves the command to the image when it is %j', (cmd) => {
  expect(parseInput(run.input, { imageName: 'busybox', replicaSetName: 'train', cmd })).toMatchObject({ cmd: [] });
});

test('a command to execute must be there', () => {
  expect(() => parseInput(execute.input, { name: 'train', cmd: [] })).toThrow('cmd is empty');
});

test.each([
  [undefined, 'KILL'],
  ['SIGHUP', 'HUP'],
  ['usr1', 'USR1'],
  ['9', '9'],
])('the signal %j is read as %s', (signal, read) => {
  expect(parseInput(kill.input, { name: 'train', signal })).toEqual({ name: 'train', signal: read });
});

test.each(['', 'NOPE', '0', '65', '-9', 'KILL TERM'])('the signal %j is refused with an example', (signal) => {
  expect(() => parseInput(kill.input, { name: 'train', signal })).toThrow('write a signal such as "TERM"');
});

const readPort = (port: string) =>
  parseInput(run.input, { imageName: 'busybox', replicaSetName: 'train', containerPorts: [port] }).containerPorts;

test.each(['22', '53/udp', '127.0.0.1:8888', '[::1]:53/udp', '0.0.0.0:80/tcp'])('the port %s is taken', (port) => {
  expect(readPort(port)).toEqual([port]);
});

test.each([
  ['0', 'write a port such as'],
  ['65536', 'a port is at most 65535'],
  ['127.0.0.1:65536', 'a port is at most 65535'],
  ['22/sctp', 'write a port such as'],
  ['localhost:22', 'write a port such as'],
  ['127.0.0.1', 'write a port such as'],
  ['127.0.0:22', 'write the address of the host before the port'],
  ['[::g]:22', 'write a port such as'],
  ['[1::2::3]:22', 'write the address of the host before the port'],
  [':22', 'write a port such as'],
  ['8000:22', 'write the address of the host before the port'],
])('the port %s is refused', (port, message) => {
  expect(() => readPort(port)).toThrow(message);
});
