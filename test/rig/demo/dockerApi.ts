/**
 * The few requests to Docker that `make run` makes before and beside berthd: is it there, has it an image.
 *
 * Not here: anything that concerns managed containers; berthd does that.
 */
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';

const answerWithinMs = 3000;

/** `unix:///run/x.sock` or `tcp://host:2375`; undefined for what this cannot speak. */
function target(dockerHost: string): RequestOptions | undefined {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  if (!/^(tcp|http):\/\//.test(dockerHost)) return undefined;
  const { hostname, port } = new URL(dockerHost.replace(/^tcp/, 'http'));
  return { hostname, port: port === '' ? 2375 : port };
}

/** Status and body; rejects when nobody answers. */
export async function callDocker(
  dockerHost: string,
  path: string,
  method: 'GET' | 'DELETE' = 'GET',
): Promise<{ status: number; body: string }> {
  const where = target(dockerHost);
  if (where === undefined) throw new Error(`${dockerHost} is not unix:// or tcp://`);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({ ...where, path, method, timeout: answerWithinMs }, resolve);
    outgoing.once('error', reject);
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${answerWithinMs / 1000} s`)));
    outgoing.end();
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** Undefined when the engine answers, else why not. */
export async function whyNoAnswer(dockerHost: string): Promise<string | undefined> {
  try {
    const { status } = await callDocker(dockerHost, '/_ping');
    return status === 200 ? undefined : `answers HTTP ${status}`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'does not exist';
    if (code === 'ECONNREFUSED') return 'nobody listens there';
    if (code === 'EACCES') return 'this user may not use it';
    return message;
  }
}

export async function hasImage(dockerHost: string, image: string): Promise<boolean> {
  return (await callDocker(dockerHost, `/images/${image}/json`)).status === 200;
}
