/**
 * The main process of a set's container, seen as a session: what it prints and what is typed to it.
 *
 * Invariant: leaving it does not end it.
 */
import type { AttachOpen } from '../../common/contract/exec.ts';
import { AppError } from '../../common/errors.ts';
import type { ExecSession } from './engine.ts';
import { describeFate, fateOf, nameNow, pin } from './fates.ts';
import { asked, explained, type LookParts, liveContainer } from './liveContainer.ts';

/** Throws NOT_FOUND, WRONG_STATE for a set that does not run. Its exit code is refused where it was replaced. */
export function attach(parts: LookParts, open: AttachOpen, signal: AbortSignal): Promise<ExecSession> {
  const { name, stdin, columns, rows } = open;
  const { engine } = parts;
  return asked(parts, name, async () => {
    const { set, version, container } = await liveContainer(parts, name, true);
    const pinned = pin(set, version);
    const attached = await engine.attach(container.id, stdin);
    const resize = (width: number, height: number): Promise<void> => engine.resize(container.id, width, height);
    if (columns !== undefined && rows !== undefined) await resize(columns, rows).catch(() => undefined);
    return {
      output: attached.output,
      write: (bytes) => attached.write(bytes),
      endInput: () => attached.endInput(),
      resize,
      exitCode: async () => {
        const fate = await fateOf(parts, pinned, signal);
        const now = nameNow(parts, pinned);
        if (fate !== undefined && fate.kind !== 'stays')
          throw new AppError('WRONG_STATE', `${now}: ${describeFate(fate, now, version.version, false)}`);
        const ended = await engine.inspectContainer(container.id).catch((error: unknown) => {
          throw explained(parts, now, error);
        });
        return ended?.exitCode ?? 0;
      },
      kill: async () => attached.detach(),
    };
  });
}
