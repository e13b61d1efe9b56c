/** What failures of Docker mean, in the words of several of its versions. */
import { describe, expect, test } from 'vitest';
import { engineErrorOf } from '../../../../daemon/adapters/dockerErrors.ts';
import { EngineError } from '../../../../daemon/core/engine.ts';

const refusal = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), { statusCode, json: { message } });

const system = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code} /run/docker.sock`), { code, syscall });

const meaning = (failure: unknown) => engineErrorOf(failure, 'start web-1', 'unix:///run/docker.sock');

describe('a refusal', () => {
  test.each([
    [404, 'No such container: web-1', 'notFound'],
    [404, 'get data: no such volume', 'notFound'],
    [404, 'No such image: cuda:12', 'imageNotFound'],
    [409, 'Conflict. The container name "/web-1" is already in use by container "4f".', 'conflict'],
    [409, 'Container 4f is not running', 'conflict'],
    [500, 'Container 4f is not paused', 'conflict'],
    [409, 'remove data: volume is in use - [4f]', 'conflict'],
    [500, 'write /var/lib/docker/tmp/x: no space left on device', 'noSpace'],
    [500, 'could not select device driver "nvidia" with capabilities: [[gpu]]', 'device'],
    [500, 'error running hook #0: nvidia-container-cli: device error: GPU-1: unknown device: unknown', 'device'],
    [500, 'OCI runtime create failed: runc create failed: exec: "/no": permission denied: unknown', 'command'],
    [500, 'error setting rlimits for ready process: error setting rlimit type 8: operation not permitted', 'limits'],
    [500, 'max depth exceeded', 'failed'],
    [400, 'invalid mount config for type "bind": bind source path does not exist: /no', 'invalid'],
  ])('%i "%s" is %s', (status, text, kind) => {
    const error = meaning(refusal(status, text));
    expect(error.kind).toBe(kind);
    expect(error.message).toBe(`Docker could not start web-1: ${text}`);
  });

  test.each([
    [
      'driver failed programming external connectivity on endpoint web-1 (1f): Bind for 0.0.0.0:40007 failed: port is already allocated',
    ],
    [
      'driver failed programming external connectivity on endpoint web-1 (99): Error starting userland proxy: listen tcp4 0.0.0.0:40007: bind: address already in use',
    ],
    ['failed to bind host port for 0.0.0.0:40007:172.17.0.2:80/tcp: address already in use'],
    ['failed to bind host port for [::]:40007:[fd00::2]:80/tcp: address already in use'],
    [
      'driver failed programming external connectivity on endpoint web-1 (1f): Bind for :::40007 failed: port is already allocated',
    ],
    ['failed to bind host port 127.0.0.1:40007/tcp: address already in use'],
  ])('that names a host port keeps the port: %s', (text) => {
    expect(meaning(refusal(500, text))).toMatchObject({ kind: 'portTaken', port: 40_007 });
  });

  test('without a body is told by its status', () => {
    expect(meaning(Object.assign(new Error('odd'), { statusCode: 502 }))).toMatchObject({ kind: 'failed' });
  });
});

describe('a connection', () => {
  test.each([
    ['ENOENT', 'connect'],
    ['ECONNREFUSED', 'connect'],
    ['EACCES', 'connect'],
    ['ENOTFOUND', 'getaddrinfo'],
  ])('that was never made (%s) is down, and the address is named', (code, syscall) => {
    const error = meaning(system(code, syscall));
    expect(error.kind).toBe('down');
    expect(error.message).toContain('unix:///run/docker.sock');
    expect(error.message).toContain(code);
  });

  test.each([
    ['ECONNRESET', 'read'],
    ['EPIPE', 'write'],
    ['ENOENT', 'open'],
  ])('that broke later (%s in %s) leaves the outcome unknown', (code, syscall) => {
    expect(meaning(system(code, syscall)).kind).toBe('unknown');
  });

  test('that gave no answer in time leaves the outcome unknown', () => {
    const error = meaning(new Error('no answer in 15 s'));
    expect(error).toMatchObject({
      kind: 'unknown',
      message: expect.stringContaining('start web-1: no answer in 15 s'),
    });
  });
});

test('an engine error stays itself', () => {
  const error = new EngineError('device', 'broken');
  expect(meaning(error)).toBe(error);
});

test('a container is named by as much of its id as `docker ps` shows', () => {
  const id = '0123456789abcdef'.repeat(4);
  const error = engineErrorOf(refusal(500, 'no'), `start ${id}`, 'unix:///run/docker.sock');
  expect(error.message).toBe('Docker could not start 0123456789ab: no');
});
