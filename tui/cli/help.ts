/** What the help says beyond arguments and flags: examples, the same over REST, groups, the words at the top. */
import { type Absent, isAbsent, type RestRoute } from '../../common/contract/define.ts';
import { defaultSocket } from '../../common/unreachable.ts';

const GROUPS: Readonly<Record<string, string>> = {
  replicaSet: 'ReplicaSets:',
  volume: 'Volumes:',
  exec: 'ReplicaSets:',
  network: 'GPUs, ports and networks:',
  resource: 'GPUs, ports and networks:',
};

const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  volume: 'Volumes: named directories whose size holds',
};

/** What a command says in lists that only leads to others. */
export const groupSummary = (group: string): string => GROUP_SUMMARIES[group] ?? '';

export const groupTitle = (group: string): string => GROUPS[group] ?? 'Daemon and this program:';

/** In the order in which people meet them; what is not named here comes after. */
const ORDER =
  'run ls info exec logs attach top stats history patch rollback stop pause start continue restart reboot freeze thaw kill resources rename wait cp export sessions inspect changes commit rm volume gpus ports networks ops strays events backup backups version'.split(
    ' ',
  );

export function inOrder<Named extends { name(): string }>(commands: readonly Named[]): Named[] {
  const place = (command: Named): number => {
    const at = ORDER.indexOf(command.name());
    return at === -1 ? ORDER.length : at;
  };
  return commands.toSorted((a, b) => place(a) - place(b));
}

/** The first sentence, for lists. */
export const oneLine = (summary: string): string => (summary.split(/(?<=\.) /)[0] ?? '').replace(/\.$/, '');

export function helpTail(examples: readonly string[], rest: RestRoute | Absent): string {
  const shown = examples.length === 0 ? '' : `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}`;
  return `${shown}\nREST: ${restForm(rest)}`;
}

const restForm = (rest: RestRoute | Absent): string =>
  isAbsent(rest) ? `none; ${rest.absent}` : `${rest.method} /api/v1${rest.path.replace(/:(\w+)/g, '{$1}')}`;

export const description =
  'Named, versioned GPU containers on a shared host. Change the GPUs or a volume, and the container comes ' +
  'back as its next version with its files and ports; roll back to any version.';

export const programTail = `
Start here:
  berth run train pytorch:latest --gpus 2 --port 22    make a replicaSet
  berth exec -it train -- bash                         work inside it
  berth patch train --gpus 3                           files and ports stay
  berth history train                                  every version of it

\`berth help COMMAND\` explains a command. Without a command, berth opens
its terminal UI, or prints replicaSets and GPUs where there is no terminal.
The daemon's socket is --socket, else BERTH_SOCKET, else
${defaultSocket}, else that of the checkout you stand in.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 berthd cannot be reached.`;

export const completionTail = `
  bash:  source <(berth completion bash)       (in ~/.bashrc)
  zsh:   source <(berth completion zsh)        (in ~/.zshrc, after compinit)
  fish:  berth completion fish | source        (in ~/.config/fish/config.fish)`;

export const execTail = `
Examples:
  berth exec -it train -- bash
  berth exec train -- nvidia-smi
  berth exec -dit train -- bash
  tar c data | berth exec -i train -- tar x -C /data

The exit code is the command's own. Leaving with Ctrl-C ends the command.
With -d it runs in a session instead: \`berth sessions open\` comes back to it,
and what nobody comes back to for 15 minutes is ended.

REST: POST /api/v1/replicaSet/{name}/execute (answers at its end)`;

export const sessionTail = `
Examples:
  berth exec -dit train -- bash
  berth sessions open 01KB2C3D4E5F6G7H8J9K0M1N2P
  berth sessions open 01KB2C3D4E5F6G7H8J9K0M1N2P --no-stdin > seen.txt

The exit code is the command's own; 0 after leaving it with its keys. Where the
input ends, that of the command does.

REST: none; bytes of a terminal go over the Unix socket alone`;

export const attachTail = `
Examples:
  berth attach train
  berth attach train --no-stdin

The exit code is that of the main process; 0 after leaving it.

REST: none; bytes of a terminal go over the Unix socket alone`;

export const copyTail = `
Examples:
  berth cp train:/data/model.pt .
  berth cp ./config train:/etc/app
  berth cp train:/logs - | tar t

REST: GET and PUT /api/v1/replicaSet/{name}/archive`;
