/** Drives a generator of requests: each is carried out, and its result or its failure handed back in. */
export async function drive<R, T>(
  generator: Generator<R, T, unknown>,
  execute: (request: R) => Promise<unknown>,
): Promise<T> {
  let step = generator.next();
  while (!step.done) {
    let result: { readonly value: unknown } | { readonly error: unknown };
    try {
      result = { value: await execute(step.value) };
    } catch (error) {
      result = { error };
    }
    step = 'error' in result ? generator.throw(result.error) : generator.next(result.value);
  }
  return step.value;
}
