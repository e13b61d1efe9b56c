import { expect, test } from 'vitest';
import { Cancellation, cancellable } from '../../../../daemon/core/cancellation.ts';
import { type Operation, wait } from '../../../../daemon/core/effects.ts';

test('an operation that does not end when told goes on, and is told once', () => {
  const told: unknown[] = [];
  function* stubborn(): Operation<string> {
    for (let step = 1; step <= 3; step += 1) {
      try {
        yield* wait(step);
      } catch (error) {
        told.push(error);
      }
    }
    return 'done';
  }
  const cancellation = new Cancellation();
  expect(cancellation.ask('ada')).toBe(true);
  const steps = cancellable(stubborn(), 'id', cancellation);
  let step = steps.next();
  while (!step.done) step = steps.next();
  expect(step.value).toBe('done');
  expect(told).toMatchObject([{ code: 'CANCELLED' }]);
});

test('who asked first is named', () => {
  const cancellation = new Cancellation();
  cancellation.ask('ada');
  cancellation.ask('bob');
  expect(cancellation.by).toBe('ada');
});
