import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAbsent } from '../../../../common/contract/define.ts';
import { parseInput } from '../../../../common/contract/parse.ts';
import { ENTRIES } from '../../../../common/services.ts';

/** The exchanges that the document of the REST contract publishes, one file a procedure, called by its tRPC path. */
interface Example {
  readonly method: string;
  readonly path: string;
  readonly request?: object;
  readonly response: { readonly code: number; readonly msg: string; readonly data: unknown };
}

const folder = new URL('../../../golden/contract/', import.meta.url);
const published = readdirSync(folder).map((file) => ({
  name: basename(file, '.json'),
  example: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Example,
}));

/** Welcome beside what the document shows. */
const extraKeys: Readonly<Record<string, object>> = {
  'replicaSet.execute': { stderr: '', output: '', exitCode: 0, truncated: false },
  'volume.resize': { restarted: [] },
};

function entryOf(name: string) {
  const found = ENTRIES.find((entry) => entry.path === name);
  if (found === undefined) throw new Error(`the contract has no procedure ${name}`);
  return found;
}

describe.each(published)('$name', ({ name, example }) => {
  const { procedure } = entryOf(name);

  test('has the published route', () => {
    expect(isAbsent(procedure.rest)).toBe(false);
    expect(procedure.rest).toMatchObject({ method: example.method, path: example.path });
  });

  test('takes the published request', () => {
    const fromPath = example.path.includes(':name') ? { name: 'foo' } : {};
    const input = parseInput(procedure.input, { ...example.request, ...fromPath });
    expect(input).toMatchObject(example.request ?? {});
  });

  test('answers as published, key for key and in that order', () => {
    const extra = extraKeys[name];
    const published = extra === undefined ? example.response.data : { ...(example.response.data as object), ...extra };
    expect(JSON.stringify(procedure.output.parse(published))).toBe(JSON.stringify(published));
  });
});

test('every example of the document is here', () => {
  expect(published).toHaveLength(19);
});

test('no published key may be left out of an info', () => {
  const { example } = published.find(({ name }) => name === 'replicaSet.info') ?? {};
  const data = structuredClone(example?.response.data) as { info: Record<string, Record<string, unknown>> };
  for (const part of ['config', 'hostConfig', 'networkingConfig', 'platform']) {
    for (const key of Object.keys(data.info[part] ?? {})) {
      const without = structuredClone(data);
      delete without.info[part]?.[key];
      expect(entryOf('replicaSet.info').procedure.output.safeParse(without).success, `${part}.${key}`).toBe(false);
    }
  }
});
