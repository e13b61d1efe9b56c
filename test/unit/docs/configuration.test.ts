import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationPage } from '../../rig/docs/configurationPage.ts';

test('docs/configuration.md tells what daemon/configSettings.ts says; `npm run -s docs` writes it anew', () => {
  expect(readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configurationPage);
});
