/**
 * What holds of every answer, whatever was asked.
 *
 *  - It is the envelope, or the stream that the document tells of.
 *  - A success fits the schema of the document, and holds nothing that the contract does not know.
 *  - A failure carries a number, a text, a status and a hint that belong together in the error table.
 *  - A stream whose head went out before its failure says 200 there; what it ends with is judged all the same.
 *  - 5xx: only what is busy or not offered; where engine or store were made to fail, also what says so. Never 500.
 *  - What the document does not allow is not taken.
 */
import { isDeepStrictEqual } from 'node:util';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isAbsent } from '../../common/contract/define.ts';
import { ERRORS, type ErrorCode, NUMBER_TEXT } from '../../common/errors.ts';
import { ENTRIES, type Entry } from '../../common/services.ts';
import type { Request } from './draft.ts';
import type { Answer } from './send.ts';
import { DOCUMENT, ROUTES } from './surface.ts';

/** 503 as the contract means it, held by somebody else just now; and 501 for what is declared and not offered. */
const ALWAYS: readonly ErrorCode[] = ['GPUS_BUSY', 'PORTS_BUSY', 'VOLUME_BUSY', 'NOT_OFFERED'];
/** After trouble that was made on purpose. */
const TROUBLE: readonly ErrorCode[] = [
  'ENGINE_DOWN',
  'ENGINE_FAILED',
  'ENGINE_NO_SPACE',
  'OUTCOME_UNKNOWN',
  'VOLUME_FAILED',
  'DEVICE_FAILED',
  'STARTING',
  'STORE_FAILED',
];

const ajv = new Ajv2020({ strict: false, logger: false });
(addFormats as unknown as (it: Ajv2020) => void)(ajv);
ajv.addSchema(DOCUMENT, 'api');
const pointer = (...parts: readonly string[]): string =>
  `api#/${parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;

/** The schema at a place of the document. */
const schemaAt = (...parts: readonly string[]): ValidateFunction => ajv.compile({ $ref: pointer(...parts) });

interface Expected {
  readonly entry: Entry;
  readonly answer: ReadonlyMap<string, ValidateFunction>;
  readonly body: ValidateFunction | undefined;
}

const EXPECTED: ReadonlyMap<string, Expected> = new Map(
  ROUTES.map(({ operation, path, method, body }) => {
    const at = ['paths', path, method.toLowerCase()];
    const ok = DOCUMENT.paths[path]?.[method.toLowerCase()]?.responses['200'];
    const types = ok !== undefined && 'content' in ok ? Object.keys(ok.content ?? {}) : [];
    const answer = new Map(types.map((type) => [type, schemaAt(...at, 'responses', '200', 'content', type, 'schema')]));
    const taken = body && schemaAt(...at, 'requestBody', 'content', 'application/json', 'schema');
    const entry = ENTRIES.find((it) => it.path === operation) as Entry;
    return [operation, { entry, answer, body: taken }];
  }),
);

export interface Circumstances {
  /** Engine or store were made to fail. */
  readonly trouble: boolean;
}

const DOCUMENTS = /^\/(ping|docs|api\/v1\/openapi\.json)\b/;

/** One sentence for each rule that the answer breaks. */
export function wrongWith(request: Request, answer: Answer, circumstances: Circumstances): string[] {
  const expected = request.operation === undefined ? undefined : EXPECTED.get(request.operation);
  if (request.method === 'HEAD') return wrongStatus(answer, circumstances);
  const type = answer.headers['content-type']?.split(';')[0] ?? '';
  if (expected === undefined && answer.status === 200 && DOCUMENTS.test(request.path)) return [];
  if (answer.status === 200 && type !== 'application/json') return wrongStream(expected, type, answer);
  if (!answer.whole) return [];
  const envelope = parsed(answer.text);
  if (!isEnvelope(envelope))
    return [`the answer is no envelope: ${answer.status} ${type} ${answer.text.slice(0, 200)}`];
  if (envelope.code === 200) return wrongSuccess(request, answer, envelope, expected);
  return wrongFailure(answer, envelope, expected?.entry, circumstances);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Envelope {
  readonly code: number;
  readonly msg: string;
  readonly data: unknown;
}

const isEnvelope = (it: unknown): it is Envelope =>
  typeof it === 'object' &&
  it !== null &&
  Object.keys(it).join() === 'code,msg,data' &&
  Number.isInteger((it as Envelope).code) &&
  typeof (it as Envelope).msg === 'string';

function wrongSuccess(
  request: Request,
  { status, text }: Answer,
  { msg, data }: Envelope,
  expected?: Expected,
): string[] {
  const wrong: string[] = [];
  if (status !== 200 || msg !== 'Success') wrong.push(`code 200 came with ${status} "${msg}"`);
  if (expected === undefined) return wrong;
  const fits = expected.answer.get('application/json');
  if (fits?.(JSON.parse(text)) === false)
    wrong.push(`the answer does not fit the document: ${ajv.errorsText(fits.errors)}`);
  const known = expected.entry.procedure.output.safeParse(data);
  if (!known.success) wrong.push(`the answer does not fit the contract: ${known.error.message}`);
  else if (!isDeepStrictEqual(known.data, data)) wrong.push(`the contract does not know all of ${text}`);
  const { body } = expected;
  if (body !== undefined && !body(bodyOf(request))) {
    wrong.push(`what the document does not allow was taken: ${ajv.errorsText(body.errors)}`);
  }
  return wrong;
}

/** An absent, empty or `null` body counts as an empty one; the key of a repeated request may stand in it, too. */
function bodyOf({ body = '' }: Request): unknown {
  const { idempotencyKey: _, ...fields } = body.trim() === '' ? {} : (JSON.parse(body) ?? {});
  return fields;
}

function wrongFailure(
  answer: Answer,
  { code, msg, data }: Envelope,
  entry: Entry | undefined,
  at: Circumstances,
): string[] {
  const { status, headers } = answer;
  const told = `${status} ${code} "${msg.slice(0, 300)}"`;
  if (data !== null) return [`a failure has data: ${told}`];
  const isLate =
    status === 200 && entry !== undefined && !isAbsent(entry.procedure.rest) && entry.procedure.rest.stream === 'last';
  const codes = codesOf(isLate ? undefined : status, code, msg, entry);
  if (codes.length === 0) return [`number, status, text and hint do not belong together: ${told}`];
  const wrong: string[] = [];
  const allowed = at.trouble ? [...ALWAYS, ...TROUBLE] : ALWAYS;
  if (!codes.some((it) => ERRORS[it].http < 500 || allowed.includes(it))) wrong.push(`without a cause: ${told}`);
  const waits = codes.map((it) => (ERRORS[it] as { retryAfterS?: number }).retryAfterS?.toString());
  if (!isLate && !waits.includes(headers['retry-after'])) wrong.push(`Retry-After ${headers['retry-after']}: ${told}`);
  if (/undefined|\[object|NaN|^\s*$/.test(msg)) wrong.push(`it does not say what failed: ${told}`);
  return wrong;
}

const FALLBACKS: readonly number[] = ENTRIES.flatMap(({ fallback }) => fallback ?? []);

/** The codes of the error table that would answer so; of any status where it is not known. */
function codesOf(status: number | undefined, number: number, msg: string, entry: Entry | undefined): ErrorCode[] {
  const text = NUMBER_TEXT[number];
  if (text !== undefined && !msg.startsWith(`${text}: `)) return [];
  return (Object.keys(ERRORS) as ErrorCode[]).filter((code) => {
    const row = ERRORS[code];
    const ofRoute = entry === undefined ? [...FALLBACKS, row.http] : [entry.fallback ?? row.http, row.http];
    const numbers = row.number === 'route' ? ofRoute : [row.number === 'http' ? row.http : row.number];
    return row.http === (status ?? row.http) && numbers.includes(number) && msg.endsWith(row.hint);
  });
}

function wrongStream(expected: Expected | undefined, type: string, { text, whole }: Answer): string[] {
  const fits = expected?.answer.get(type);
  if (fits === undefined) return expected === undefined ? [] : [`the document knows no ${type} for this route`];
  if (type !== 'application/x-ndjson') return [];
  const lines = text.split('\n').slice(0, -1);
  if (whole && text !== '' && !text.endsWith('\n')) return ['the last line is not whole'];
  return lines.flatMap((line) => {
    const item = parsed(line);
    return isEnvelope(item) || fits(item)
      ? []
      : [`a line does not fit: ${ajv.errorsText(fits.errors)}: ${line.slice(0, 200)}`];
  });
}

const STATUSES = new Set<number>([200, ...Object.values(ERRORS).map(({ http }) => http)]);

function wrongStatus({ status, text }: Answer, { trouble }: Circumstances): string[] {
  if (text !== '') return ['HEAD was answered with a body'];
  return STATUSES.has(status) && (status < 500 || trouble || status === 503 || status === 501)
    ? []
    : [`HEAD was answered with ${status}`];
}
