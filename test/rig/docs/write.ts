/** Writes the generated pages of docs/, and the examples of the OpenAPI document: `npm run -s docs`. */
import { writeFileSync } from 'node:fs';
import { configurationPage } from './configurationPage.ts';
import { errorsPage } from './errorsPage.ts';
import { examplesFile } from './examples/file.ts';
import { operationsPage } from './operations/page.ts';

const docs = new URL('../../../docs/', import.meta.url);
writeFileSync(new URL('errors.md', docs), errorsPage);
writeFileSync(new URL('configuration.md', docs), configurationPage);
writeFileSync(new URL('operations.md', docs), operationsPage);
writeFileSync(new URL('../../../daemon/facades/openapiExamples.json', import.meta.url), await examplesFile());
