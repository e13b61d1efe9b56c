import { expect, test } from 'vitest';
import { NvidiaQuestion } from '../../../../daemon/adapters/nvidiaQuestion.ts';
import { TIMED_OUT } from '../../../../daemon/adapters/nvidiaRunner.ts';

const LONG_MS = 60_000;

/** A question whose every putting is answered by hand. */
function openQuestion(goodForMs = LONG_MS) {
  const puts: PromiseWithResolvers<string>[] = [];
  const put = () => {
    const answer = Promise.withResolvers<string>();
    puts.push(answer);
    return answer.promise;
  };
  return { question: new NvidiaQuestion(put, goodForMs), puts };
}

test('callers at the same time share one answer, and the next caller asks anew', async () => {
  const { question, puts } = openQuestion();
  const both = Promise.all([question.ask(LONG_MS), question.ask(LONG_MS)]);
  puts[0]?.resolve('first');
  expect(await both).toEqual(['first', 'first']);
  const next = question.ask(LONG_MS);
  puts[1]?.resolve('second');
  expect(await next).toBe('second');
});

test('a late answer serves the next caller, and only that one', async () => {
  const { question, puts } = openQuestion();
  expect(await question.ask(1)).toBe(TIMED_OUT);
  puts[0]?.resolve('late');
  expect(await question.ask(LONG_MS)).toBe('late');
  expect(await question.ask(1)).toBe(TIMED_OUT);
  expect(puts).toHaveLength(2);
});

test('a late answer that has grown old serves nobody', async () => {
  const { question, puts } = openQuestion(0);
  expect(await question.ask(1)).toBe(TIMED_OUT);
  puts[0]?.resolve('late');
  await expect.poll(() => question.peek(1).then(() => puts.length), { interval: 2 }).toBe(2);
});

test('a late failure is forgotten, so that the next caller asks anew', async () => {
  const { question, puts } = openQuestion();
  expect(await question.ask(1)).toBe(TIMED_OUT);
  puts[0]?.reject(new Error('down'));
  await expect(puts[0]?.promise).rejects.toThrow('down');
  const next = question.ask(LONG_MS);
  puts[1]?.resolve('up');
  expect(await next).toBe('up');
});

test('a peek leaves the answer to the next caller and tells of a failure', async () => {
  const { question, puts } = openQuestion();
  const peeked = question.peek(LONG_MS);
  puts[0]?.resolve('answer');
  await peeked;
  expect(await question.ask(LONG_MS)).toBe('answer');
  const failing = question.peek(LONG_MS);
  puts[1]?.reject(new Error('down'));
  await expect(failing).rejects.toThrow('down');
});
