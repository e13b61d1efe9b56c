/** Shells inside sets as the daemon holds them: each outlives its client for a while, and can be come back to. */
import type { Client } from '../../common/client.ts';
import { ClientError } from '../../common/clientFailure.ts';
import type { ExecSession } from '../../common/execClient.ts';

export interface Shells {
  /** Begins one; the answer is its id. Throws ClientError. */
  create(name: string): Promise<string>;
  /** Goes in, or comes back. Throws ClientError. */
  open(execId: string): Promise<ExecSession>;
  /** Ends it, wherever it is open; one that has ended is no fault. */
  end(execId: string): void;
}

/** The better shell of the two that images have. */
const SHELL = ['/bin/sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];

export interface ShellParts {
  readonly client: Client;
  readonly openSession: (execId: string) => Promise<ExecSession>;
  /** Tells the shell that it may use 24-bit colours. */
  readonly trueColour: boolean;
}

export function daemonShells({ client, openSession, trueColour }: ShellParts): Shells {
  const env = ['TERM=xterm-256color', ...(trueColour ? ['COLORTERM=truecolor'] : [])];
  return {
    create: async (name) => (await client.trpc.exec.create.mutate({ name, cmd: SHELL, tty: true, env })).id,
    open: openSession,
    end: (execId) => void client.trpc.exec.kill.mutate({ id: execId }).catch(() => undefined),
  };
}

/** Whether trying again can help: nobody answered, or the connection broke. */
export const isAway = (error: unknown): boolean =>
  error instanceof ClientError && (error.kind === 'unreachable' || error.kind === 'unknownOutcome');
