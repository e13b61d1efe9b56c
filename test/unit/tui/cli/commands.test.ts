import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { isAbsent } from '../../../../common/contract/define.ts';
import { ENTRIES } from '../../../../common/services.ts';
import { addContractCommands, COMMANDS, type CommandSpec } from '../../../../tui/cli/commands.ts';
import type { Field } from '../../../../tui/cli/flags.ts';
import { rendererOf } from '../../../../tui/cli/output/index.ts';
import { RUNNERS } from '../../../../tui/cli/streams.ts';

const onCommandLine = ENTRIES.filter(({ procedure }) => !isAbsent(procedure.cli));

/** Something typed for each field, that its schema accepts. */
const SAMPLE: Readonly<Record<string, string>> = {
  binds: 'data:/data',
  env: 'A=b',
  containerPorts: '22',
  'volumePatch.oldBind': 'a:/a',
  'volumePatch.newBind': 'b:/a',
  imageName: 'busybox',
  newImageName: 'team/train:v1',
};
const sample = ({ path, kind, choices }: Field): string =>
  SAMPLE[path] ?? choices[0] ?? (kind === 'number' ? '1' : 'sample');

const flagWords = (field: Field): readonly string[] =>
  field.kind === 'boolean' ? [`--${field.name}`] : [`--${field.name}`, sample(field)];

/** Runs a line through commander alone and says what it came to. */
async function read(words: readonly string[]): Promise<{ path: string; typed: Record<string, unknown> }> {
  const calls: { path: string; typed: Record<string, unknown> }[] = [];
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addContractCommands(program, async (spec, typed) => {
    calls.push({ path: spec.path, typed: Object.fromEntries(typed) });
  });
  await program.parseAsync([...words], { from: 'user' });
  const [call] = calls;
  if (call === undefined) throw new Error('no command was called');
  return call;
}

const lineOf = (spec: CommandSpec, words: readonly string[] = spec.words): readonly string[] => [
  ...words,
  ...spec.fields.filter(({ positional }) => positional).map(sample),
  ...spec.fields.filter(({ positional }) => !positional).flatMap(flagWords),
];

test('every procedure that declares a command has one, and no other', () => {
  expect(COMMANDS.map(({ path }) => path)).toEqual(onCommandLine.map(({ path }) => path));
});

describe.each(COMMANDS.map((spec) => [spec.cli.name, spec] as const))('berth %s', (_name, spec) => {
  test('takes every argument and flag that its schema has', async () => {
    const { path, typed } = await read(lineOf(spec));
    expect(path).toBe(spec.path);
    expect(Object.keys(typed).toSorted()).toEqual(spec.fields.map((field) => field.path).toSorted());
  });

  test('is reached by its aliases too', async () => {
    for (const alias of spec.cli.aliases ?? []) {
      const words = [...spec.words.slice(0, -1), alias];
      expect((await read(lineOf(spec, words))).path).toBe(spec.path);
    }
  });

  test('has a sentence and a description for each of its flags', () => {
    expect(spec.procedure.summary).toMatch(/\.$/);
    for (const field of spec.fields) expect(field.description, field.path).not.toBe('');
  });

  test('has words for its answer', () => {
    expect(rendererOf(spec.procedure) !== undefined || RUNNERS.has(spec.procedure) || spec.path === 'event.watch').toBe(
      true,
    );
  });

  test('refuses flags and arguments that it does not have', async () => {
    await expect(read([...lineOf(spec), '--no-such-flag'])).rejects.toThrow("unknown option '--no-such-flag'");
    const takesAny = spec.fields.some(({ positional, list }) => positional && list);
    if (!takesAny) await expect(read([...lineOf(spec), 'one', 'more'])).rejects.toThrow(/too many arguments/);
  });
});

test('a list flag may be repeated', async () => {
  const { typed } = await read(['run', 'a', 'b', '--port', '22', '-p', '6006']);
  expect(typed.containerPorts).toEqual(['22', '6006']);
});

test('what was not typed is not there', async () => {
  expect((await read(['run', 'a', 'b'])).typed).toEqual({ replicaSetName: 'a', imageName: 'b' });
});

test('a choice that is none is refused with the choices', async () => {
  await expect(read(['ls', '--state', 'up'])).rejects.toThrow(/Allowed choices are running, frozen/);
});
