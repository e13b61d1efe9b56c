/** daemon/facades/openapiExamples.json as it has to read. */
import { recordExamples } from './record.ts';

export const examplesFile = async (): Promise<string> => `${JSON.stringify(await recordExamples(), null, 2)}\n`;
