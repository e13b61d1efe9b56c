/** The example requests, sent through the REST face to the core on the engine in memory, with what is answered. */
import { isAbsent, type RestRoute } from '../../../../common/contract/define.ts';
import { ENTRIES, type Services } from '../../../../common/services.ts';
import { CoreRig } from '../../coreRig.ts';
import { openRestFace, type RestFace } from '../../restFace.ts';
import { EXAMPLE_IMAGES, EXAMPLE_REQUESTS, type ExampleRequest, LAST_ID } from './requests.ts';

export interface Example {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly body?: object;
  /** The envelope, a text, or the first line of a stream. */
  readonly answer: unknown;
  readonly type: string;
}

/** What tells the id that the next requests speak of. */
const IDENTIFIES = new Set(['exec.create', 'operation.list']);

/** Equal sources give equal examples: ids and times are counted. Times are told in UTC. */
export async function recordExamples(): Promise<Readonly<Record<string, Example>>> {
  process.env.TZ = 'UTC';
  const rig = await CoreRig.open({ gpus: 4 });
  for (const image of EXAMPLE_IMAGES) rig.world.addImage(image);
  rig.world.addNetwork('lab');
  await using rest = await openRestFace({ services: rig.services as Services });
  const examples: Record<string, Example> = {};
  let id = '';
  for (const request of EXAMPLE_REQUESTS) {
    if (request.operation === 'replicaSet.logs') rig.world.print('train-3', 'epoch 1: loss 2.31\n');
    const parameters = Object.fromEntries(
      Object.entries(request.parameters ?? {}).map(([name, value]) => [name, value === LAST_ID ? id : value]),
    );
    const { text, ...example } = await ask(rest, rig, { ...request, parameters });
    if (IDENTIFIES.has(request.operation)) id = /"id":"(\w+)"/.exec(text)?.[1] ?? id;
    examples[request.operation] = example;
  }
  return examples;
}

async function ask(rest: RestFace, rig: CoreRig, request: ExampleRequest): Promise<Example & { text: string }> {
  const route = ENTRIES.find(({ path }) => path === request.operation)?.procedure.rest;
  if (route === undefined || isAbsent(route)) throw new Error(`there is no route for ${request.operation}`);
  const question = request.body === undefined ? {} : { json: request.body };
  const [sent, response] = await rest.open(route.method, pathOf(route, request), question);
  if (request.operation === 'replicaSet.wait') await rig.advance(1000);
  const text = await firstOf(response, route.stream === 'ndjson' && route.streamIf === undefined);
  sent.destroy();
  if (response.statusCode !== 200) throw new Error(`${request.operation}: ${response.statusCode} ${text}`);
  const type = response.headers['content-type']?.split(';')[0] ?? '';
  const { parameters = {}, body } = request;
  return {
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { body }),
    answer: type === 'text/plain' ? text : JSON.parse(text),
    type,
    text,
  };
}

/** All of it, or the first line of what would go on. */
async function firstOf(response: AsyncIterable<unknown>, line: boolean): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (line && text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  return text;
}

function pathOf({ path, method }: RestRoute, { parameters = {} }: ExampleRequest): string {
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(parameters[name])));
  const query = Object.entries(parameters).filter(([name]) => !inPath.has(name));
  if (query.length > 0 && method !== 'GET') throw new Error(`${path} takes no query`);
  const text = query.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
  return `/api/v1${filled}${text === '' ? '' : `?${text}`}`;
}
