import { expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from '../../../../common/contract/index.ts';
import { COMMANDS } from '../../../../tui/cli/commands.ts';
import { fieldsOf } from '../../../../tui/cli/flags.ts';

const named = (path: string) => {
  const found = COMMANDS.find((command) => command.path === path);
  if (found === undefined) throw new Error(`no command for ${path}`);
  return Object.fromEntries(found.fields.map((field) => [field.path, field]));
};

test('arguments come in the order that the contract gives them', () => {
  const run = COMMANDS.find(({ path }) => path === 'replicaSet.run');
  const positional = run?.fields.filter((field) => field.positional).map(({ name, list }) => [name, list]);
  expect(positional).toEqual([
    ['replica-set', false],
    ['image', false],
    ['cmd', true],
  ]);
});

test('what wraps a value does not hide its kind', () => {
  const { gpuCount, binds, env, containerPorts } = named('replicaSet.run');
  expect(gpuCount).toMatchObject({ kind: 'number', list: false, required: false, fallback: 0, short: 'g' });
  expect(binds).toMatchObject({ kind: 'bind', list: true, required: false, form: 'src:dest' });
  expect(env).toMatchObject({ kind: 'text', list: true, form: 'KEY=value' });
  expect(containerPorts).toMatchObject({ kind: 'text', list: true, name: 'port' });
});

test('fields inside an optional object are flags of their own, and optional', () => {
  const patch = named('replicaSet.patch');
  expect(patch['gpuPatch.gpuCount']).toMatchObject({ name: 'gpus', kind: 'number', required: false });
  expect(patch['volumePatch.oldBind']).toMatchObject({ kind: 'bind', list: false, required: false });
});

test('an enum offers its choices', () => {
  expect(named('replicaSet.list').state).toMatchObject({ kind: 'choice', choices: contractStates() });
});

const contractStates = () => contract.replicaSet.list.input.shape.state.unwrap().options;

test('a switch is a flag without a value', () => {
  expect(named('event.watch').telemetry).toMatchObject({ kind: 'boolean', positional: false });
});

test('a field that is named nowhere gets its own name in kebab case', () => {
  const schema = z.strictObject({ stopTimeoutMs: z.int().optional(), limits: z.strictObject({ cpuCount: z.int() }) });
  const fields = fieldsOf(schema, {});
  expect(fields.map(({ name, required }) => [name, required])).toEqual([
    ['stop-timeout-ms', false],
    ['limits-cpu-count', true],
  ]);
});

test('a schema that cannot be typed is a fault of the contract', () => {
  expect(() => fieldsOf(z.strictObject({ any: z.record(z.string(), z.string()) }), {})).toThrow('no form for any');
});
