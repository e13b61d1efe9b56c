/**
 * Plans: what a command would end and change, shown and asked about before anything is done.
 *
 * Invariants
 *  - Nothing that ends a process, and no deletion, happens without a yes: on a terminal, or as `-y`.
 *  - A deletion wants the name typed.
 */
import { createInterface } from 'node:readline';
import type { Client } from '../../common/client.ts';
import { contract } from '../../common/contract/index.ts';
import { PlanView, Verb } from '../../common/contract/views.ts';
import { safe, safeJson } from '../safe.ts';
import type { CommandSpec } from './commands.ts';
import type { Context } from './context.ts';
import { type RawInput, UsageError } from './input.ts';
import { planText } from './output/plan.ts';

/** `berth rm` is the only command whose name is not its verb's. */
export const planVerb = (spec: CommandSpec): Verb => Verb.parse(spec.cli.name === 'rm' ? 'delete' : spec.cli.name);

/** What `replicaSet.plan` takes of a verb's own input. */
const PLANNED = Object.keys(contract.replicaSet.plan.input.shape);

/** Whether to go on. `--dry-run` shows the plan and does not. Throws UsageError where nobody can be asked. */
export async function confirmed(
  context: Context,
  client: Client,
  spec: CommandSpec,
  input: RawInput,
): Promise<'go' | 'planned' | 'declined'> {
  const { options } = context;
  if (options.dryRun !== true && options.yes === true) return 'go';
  const plan = await planFor(client, spec, input);
  if (options.dryRun === true) {
    context.print(options.json === true ? safeJson(plan, 2) : planText(plan, context.view()));
    return 'planned';
  }
  if (plan.endsProcesses.length === 0 && !deletes(plan)) return 'go';
  if (!context.canAsk) throw refusal(spec.cli.name, plan);
  context.note(planText(plan, context.view(context.terminal.stderr)));
  return (await saysYes(context, plan)) ? 'go' : 'declined';
}

/** The query that answers with the plan of a procedure with this input. */
export function planQuery(spec: CommandSpec, input: Readonly<RawInput>): { path: string; input: RawInput } {
  const verb = planVerb(spec);
  if (spec.group === 'volume') return { path: 'volume.plan', input: { ...input, verb } };
  const planned = Object.fromEntries(PLANNED.filter((key) => key in input).map((key) => [key, input[key]]));
  return { path: 'replicaSet.plan', input: { ...planned, verb } };
}

async function planFor(client: Client, spec: CommandSpec, input: RawInput): Promise<PlanView> {
  const query = planQuery(spec, input);
  return PlanView.parse(await client.byPath.query(query.path, query.input));
}

function refusal(verb: string, { name, endsProcesses }: PlanView): UsageError {
  const what =
    endsProcesses.length === 0
      ? 'would delete it for good'
      : `would end ${endsProcesses.map(({ command, pid }) => `${command} (pid ${pid})`).join(', ')}`;
  return new UsageError(
    `${verb} ${name} ${what}, and nobody can be asked here`,
    'Pass -y to do it without asking; --dry-run shows the whole plan.',
  );
}

/** For good: such a plan wants the name typed. */
export const deletes = ({ verb }: Pick<PlanView, 'verb'>): boolean => verb === 'delete' || verb === 'volume rm';

async function saysYes(context: Context, plan: PlanView): Promise<boolean> {
  const { name } = plan;
  if (deletes(plan)) return (await ask(context, `Type ${safe(name)} to delete it: `)) === name;
  return /^y(es)?$/i.test(await ask(context, 'Go on? [y/N] '));
}

/** One line of an answer; empty when the input ends. */
async function ask({ terminal }: Context, question: string): Promise<string> {
  terminal.stderr.write(question);
  const lines = createInterface({ input: terminal.stdin, terminal: false });
  try {
    return await new Promise((resolve) => {
      lines.once('line', (line) => resolve(line.trim()));
      lines.once('close', () => resolve(''));
    });
  } finally {
    lines.close();
  }
}
