import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { openApiDocument } from '../../../../daemon/facades/openapi.ts';
import { examplesFile } from '../../../rig/docs/examples/file.ts';
import { NO_EXAMPLE } from '../../../rig/docs/examples/requests.ts';

const document = openApiDocument('0.0.0');
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const ajv = new Ajv2020({ strict: false, logger: false, validateFormats: false });
ajv.addSchema(document, 'api');

test('every example is answered as the document says; `npm run -s docs` records them anew', async () => {
  const file = new URL('../../../../daemon/facades/openapiExamples.json', import.meta.url);
  expect(await examplesFile()).toBe(readFileSync(file, 'utf8'));
});

describe.each(operations)('$operation.operationId', ({ operation }) => {
  const ok = operation.responses['200'];
  const answers = Object.values((ok !== undefined && 'content' in ok ? ok.content : undefined) ?? {});
  const body = operation.requestBody?.content['application/json'];
  const contents = [body, ...answers].filter((it) => it?.example !== undefined);

  test('has an example of its answer, or a reason', () => {
    const isShown = answers.some(({ example }) => example !== undefined);
    expect(isShown).toBe(!(operation.operationId in NO_EXAMPLE));
  });

  test('shows what fits its schemas', () => {
    for (const content of contents) {
      const fits = ajv.compile({ ...content?.schema, $id: undefined, components: document.components });
      expect(fits(content?.example), ajv.errorsText(fits.errors)).toBe(true);
    }
  });
});

test('every schema that a request or an answer names is shown', () => {
  const bare = Object.entries(document.components.schemas).filter(([, schema]) => schema.examples === undefined);
  // Headers, measured figures, backups on a disk, strays and failures are not among what the examples are answered with.
  expect(bare.map(([name]) => name).toSorted()).toEqual(['Backup', 'GpuTelemetry', 'PathStat', 'Refusal', 'Stray']);
});
