/** The sweep as tests, one for each operation. */
import { afterAll, describe, expect, test } from 'vitest';
import { SETTLE } from '../../daemon/core/operations/index.ts';
import { OPERATIONS, SCENES } from './cases.ts';
import { FAULTS } from './faults.ts';
import { sweep } from './sweep.ts';

const operations = Object.values(OPERATIONS).flat();
let total = 0;

afterAll(() => {
  const size = `${operations.length} operations, ${Object.keys(SCENES).length} states, ${FAULTS.length} faults`;
  process.stdout.write(`sweep: ${total} cases (${size})\n`);
});

test('every operation that the journal knows is swept', () => {
  expect(Object.keys(OPERATIONS).toSorted()).toEqual(Object.keys(SETTLE).toSorted());
  expect(Object.entries(OPERATIONS).filter(([, swept]) => swept.length === 0)).toEqual([]);
});

describe('all or nothing, nothing lost and nothing left over, whatever fails where', () => {
  test.each(operations)('$name', (operation) => {
    const { cases, wrong } = sweep(operation);
    total += cases;
    expect(wrong).toEqual([]);
    expect(cases).toBeGreaterThan(50);
  });
});
