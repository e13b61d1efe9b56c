/** The connection to Docker against a server that misbehaves on purpose. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEADLINE_MS, DockerConnection } from '../../../../daemon/adapters/dockerConnection.ts';
import { DockerEngine } from '../../../../daemon/adapters/dockerEngine.ts';

let directory: string;
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'docker-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true });
});

const address = () => `unix://${directory}/docker.sock`;

async function serve(listener: RequestListener): Promise<DockerEngine> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(`${directory}/docker.sock`, resolve));
  return new DockerEngine(address());
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };

describe('the engine that answers', () => {
  const docker = { Version: '28.5.2', ApiVersion: '1.51', Components: [{ Name: 'Engine' }] };

  test('is Docker 20.10 or later', async () => {
    expect(await (await serve(json(docker))).info()).toEqual({ version: '28.5.2', apiVersion: '1.51' });
  });

  test('is refused by name when it is Podman, which ignores requests for GPUs', async () => {
    const podman = { Version: '4.3.1', ApiVersion: '1.41', Components: [{ Name: 'Podman Engine' }] };
    await expect((await serve(json(podman))).info()).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/Podman 4\.3\.1/),
    });
  });

  test.each(['1.40', '1.9'])('is refused when it is too old (API %s)', async (ApiVersion) => {
    const old = await serve(json({ ...docker, Version: '19.3', ApiVersion }));
    await expect(old.info()).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/20\.10 or later/),
    });
  });
});

describe('an answer that never comes', () => {
  test('is unknown when the connection breaks', async () => {
    const engine = await serve((request) => request.socket.destroy());
    await expect(engine.start('web-1')).rejects.toMatchObject({
      kind: 'unknown',
      message: expect.stringMatching(/start web-1/),
    });
  });

  test('is unknown when it breaks off in the middle', async () => {
    const engine = await serve((request, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('{"Id":');
      setImmediate(() => request.socket.destroy());
    });
    const connection = new DockerConnection(address());
    const call = connection.call('look', 500, (docker, abortSignal) =>
      docker.getContainer('x').inspect({ abortSignal }),
    );
    await expect(call).rejects.toMatchObject({ kind: 'unknown' });
    expect(engine).toBeDefined();
  });

  test('is unknown when its time is over, and the request is given up', async () => {
    const given = Promise.withResolvers<void>();
    await serve((request) => request.socket.once('close', () => given.resolve()));
    const connection = new DockerConnection(address());
    const call = connection.call('look', 20, (docker, abortSignal) =>
      docker.getContainer('x').inspect({ abortSignal }),
    );
    await expect(call).rejects.toMatchObject({
      kind: 'unknown',
      message: expect.stringMatching(/no answer in 0\.02 s/),
    });
    await given.promise;
  });

  test('is down where nothing listens', async () => {
    await expect(new DockerEngine(address()).info()).rejects.toMatchObject({
      kind: 'down',
      message: expect.stringMatching(/docker\.sock/),
    });
  });
});

describe('the address', () => {
  test('is the one given, whatever the environment says', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://192.0.2.1:2376');
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    const engine = await serve(json([]));
    expect(await engine.listContainers()).toEqual([]);
  });

  test('may be TCP', async () => {
    server = createServer(json([]));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await new DockerEngine(`tcp://127.0.0.1:${port}`).listContainers()).toEqual([]);
  });

  test.each(['', 'docker.sock', 'ssh://host', 'unix://', 'tcp://'])(
    'is refused in a form nobody knows: "%s"',
    (wrong) => {
      expect(() => new DockerEngine(wrong)).toThrow(/unix:\/\/\/PATH/);
    },
  );
});

test('a call that the engine takes for done already is done', async () => {
  const engine = await serve((_, response) => response.writeHead(304).end());
  await engine.start('web-1');
  await engine.stop('web-1', 1);
});

test('stopping is given the time of the container and some more', async () => {
  expect(DEADLINE_MS.read).toBeLessThan(DEADLINE_MS.change);
  const asked: string[] = [];
  const engine = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(204).end();
  });
  await engine.stop('web-1', 45);
  expect(asked).toEqual(['/containers/web-1/stop?t=45']);
});

test('an import that fails midway is a failure, though its status says 200', async () => {
  const engine = await serve((request, response) => {
    if (request.url?.endsWith('/export')) response.end('tar');
    else if (request.url?.startsWith('/images/create')) {
      request.resume().on('end', () => response.end('{"error":"write: no space left on device"}\n'));
    } else json({ Config: {} })(request, response);
  });
  await expect(engine.flatten('web-1', 'snap:1', '', () => {})).rejects.toMatchObject({ kind: 'noSpace' });
});
