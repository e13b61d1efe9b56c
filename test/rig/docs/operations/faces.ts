/** How one procedure, or one channel for bytes, is reached on each face; all of it derived. */
import { type CliCommand, isAbsent, type Procedure } from '../../../../common/contract/define.ts';
import { ENTRIES } from '../../../../common/services.ts';
import { keysByProcedure } from './keys.ts';
import type { By } from './specifications.ts';

export interface Faces {
  readonly rest: string;
  readonly trpc: string;
  readonly cli: string;
  readonly ui: string;
}

/** What speaks over a WebSocket on the Unix socket instead of in messages, and the command and key that open it. */
const CHANNELS: Readonly<Record<string, Faces>> = {
  '/exec': { rest: '', trpc: '`/exec` beside it', cli: '`berth exec`', ui: 'e' },
  '/attach': { rest: '', trpc: '`/attach` beside it', cli: '`berth attach`', ui: '' },
};

const keys = keysByProcedure();

/** Undefined where there is no such thing. */
export function facesOf(by: By): Faces | undefined {
  const channel = CHANNELS[by];
  if (channel !== undefined) return channel;
  const procedure = ENTRIES.find(({ path }) => path === by)?.procedure;
  if (procedure === undefined) return undefined;
  return { rest: restOf(procedure), trpc: `\`${by}\``, cli: cliOf(procedure.cli), ui: keys.get(by) ?? '' };
}

function restOf({ rest }: Procedure): string {
  if (isAbsent(rest)) return rest.absent;
  return `\`${rest.method} ${rest.path.replaceAll(/:(\w+)/g, '{$1}')}\``;
}

const cliOf = (cli: CliCommand | { readonly absent: string }): string =>
  'absent' in cli ? cli.absent : `\`berth ${cli.name}\``;
