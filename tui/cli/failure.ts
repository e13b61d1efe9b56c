/** Failures as people and programs read them: what, why, what to do; never a stack. */
import { type Failure, failureOf } from '../../common/clientFailure.ts';
import { safe, safeJson } from '../safe.ts';
import { UsageError } from './input.ts';
import { painterFor } from './output/paint.ts';
import { type CommonOptions, exitCode, type Terminal } from './terminal.ts';

/** Ctrl-C while the daemon was at work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Writes it to stderr and says with which code to end. */
export function tellFailure(error: unknown, terminal: Terminal, options: CommonOptions): number {
  const { message, hint, ...rest } = describe(error);
  if (options.json === true) {
    terminal.stderr.write(`${safeJson({ error: { ...rest, message, hint } })}\n`);
  } else {
    const paint = painterFor(terminal.stderr, terminal.env, options.color);
    const head = `${paint('bad', 'berth:')} ${safe(message)}\n`;
    terminal.stderr.write(hint === '' ? head : `${head}  ${hint.split('\n').map(safe).join('\n  ')}\n`);
  }
  return codeFor(error, rest.kind);
}

type Told = Omit<Failure, 'kind'> & { readonly kind: Failure['kind'] | 'usage' | 'interrupted' };

function describe(error: unknown): Told {
  const own = { number: null, details: {} };
  if (error instanceof UsageError) {
    return { kind: 'usage', code: 'USAGE', message: error.message, hint: error.hint, ...own };
  }
  if (error instanceof Interrupted) {
    return { kind: 'interrupted', code: 'INTERRUPTED', message: error.message, hint: '', ...own };
  }
  const failure = failureOf(error);
  if (failure.kind !== 'fault') return failure;
  return { ...failure, message: `a fault in berth itself: ${failure.message}`, hint: 'Please report it.' };
}

function codeFor(error: unknown, kind: Told['kind']): number {
  if (error instanceof Interrupted) return exitCode.interrupted;
  if (kind === 'usage') return exitCode.usage;
  return kind === 'unreachable' ? exitCode.unreachable : exitCode.failed;
}
