/** Serves the OpenAPI document and the page made of it; both are open, and made once. */
import type { FastifyInstance } from 'fastify';
import { docsPage } from './docsPage.ts';
import { docsStyle } from './docsStyle.ts';
import { jsonType } from './envelope.ts';
import { openApiDocument } from './openapi.ts';

/** The page may load its style sheet from here, and nothing else from anywhere. */
const pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function addDocuments(app: FastifyInstance, version: string): void {
  const document = openApiDocument(version);
  const json = JSON.stringify(document);
  const page = docsPage(document);
  const open = { config: { open: true } };
  app.get('/api/v1/openapi.json', open, (_request, reply) => reply.type(jsonType).send(json));
  app.get('/docs/style.css', open, (_request, reply) => reply.type('text/css; charset=utf-8').send(docsStyle));
  app.get('/docs', open, (_request, reply) =>
    reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page),
  );
}
