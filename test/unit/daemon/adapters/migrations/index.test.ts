import { expect, test } from 'vitest';
import { MIGRATIONS, migrationsFrom, newestSchema } from '../../../../../daemon/adapters/migrations/index.ts';
import type { Migration } from '../../../../../daemon/adapters/migrations/migration.ts';

const to = (schema: number): Migration => ({ to: schema, rewrite: (row) => row });

test('only what is newer than the state is due, in order', () => {
  const all = [to(2), to(3), to(4)];
  expect(migrationsFrom(1, all)).toEqual(all);
  expect(migrationsFrom(3, all)).toEqual([all[2]]);
  expect(migrationsFrom(4, all)).toEqual([]);
});

test.each([5, Number.NaN])('schema %d is refused, since nobody here knows it', (schema) => {
  expect(() => migrationsFrom(schema, [to(2), to(3), to(4)])).toThrow(`schema ${schema}, written by a newer Berth`);
});

test('the migrations of this Berth lead from one schema to the next without a gap', () => {
  const schemas = MIGRATIONS.map((migration) => migration.to);
  expect(schemas).toEqual(schemas.map((_, index) => index + 2));
  expect(newestSchema(MIGRATIONS)).toBe(MIGRATIONS.length + 1);
});
