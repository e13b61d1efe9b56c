import { expect, test } from 'vitest';
import { z } from 'zod';
import { SchemaBook } from '../../../../daemon/facades/openapiSchemas.ts';

test('a pattern whose flags a document could not say is refused', () => {
  const book = new SchemaBook();
  expect(() => book.of(z.object({ user: z.string().regex(/^[a-z]+$/i) }), 'input')).toThrow('/^[a-z]+$/i');
  expect(book.of(z.string().regex(/^[a-z]+$/), 'input')).toMatchObject({ pattern: '^[a-z]+$' });
});
