/**
 * Bodies that REST takes: JSON, and nothing else. An absent, empty or `null` body is an empty one.
 *
 * A page of another origin may post forms and plain text to any address without asking; it may not post JSON.
 */
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../common/errors.ts';

export function takeJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  // 'error': a body with `__proto__` or `constructor.prototype` is refused rather than cleaned.
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (text.trim() === '') done(null, undefined);
    else void parse(request, text, (error, value) => done(error === null ? null : notJson(text), value));
  });
}

/** `JSON.parse` says where the fault is; Fastify's own parser hides it. */
function notJson(text: string): AppError {
  try {
    JSON.parse(text);
  } catch (error) {
    return new AppError('BAD_INPUT', `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return new AppError('BAD_INPUT', 'unknown field "__proto__" or "constructor"');
}
