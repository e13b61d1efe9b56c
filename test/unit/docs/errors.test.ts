import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorsPage } from '../../rig/docs/errorsPage.ts';

test('docs/errors.md tells what common/errors.ts says; `npm run -s docs` writes it anew', () => {
  expect(readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsPage);
});
