/**
 * An expected reason not to start: shown as one plain sentence and an exit code, never with a stack.
 *
 * Not here: failures of a daemon that runs; those are AppErrors.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
  /** 1: cannot start; 2: was asked for something that makes no sense. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}
