/** Networks, as Berth relies on them in every engine. */
import { expect, test } from 'vitest';
import { kindOf, onEveryEngine } from '../rig/engine/conformance.ts';

const SUBNET = '10.213.7.0/24';
const link = (network: string, more: { aliases?: string[]; ipv4?: string } = {}) => ({
  network,
  aliases: more.aliases ?? [],
  ipv4: more.ipv4 ?? null,
});

onEveryEngine((bench) => {
  const joined = async (container: string) =>
    ((await bench.engine.inspectContainer(container))?.networks ?? [])
      .map(({ network, aliases, ipv4 }) => ({ network, aliases, ipv4 }))
      .toSorted((a, b) => (a.network < b.network ? -1 : 1));

  test('networks are listed and found, the default bridge among them', async () => {
    await using _ = await bench.subject.network(bench.engine, bench.name('net'), SUBNET);
    const list = await bench.engine.listNetworks();
    expect(list.map(({ name, driver }) => `${name} ${driver}`)).toEqual(
      expect.arrayContaining(['bridge bridge', 'host host', 'none null', `${bench.name('net')} bridge`]),
    );
    const found = await bench.engine.inspectNetwork(bench.name('net'));
    expect(found).toMatchObject({ name: bench.name('net'), driver: 'bridge', subnets: [SUBNET], internal: false });
    expect(await bench.engine.inspectNetwork(bench.name('none'))).toBeUndefined();
  });

  test('a container begins on the network asked for, or on the default bridge', async () => {
    await using _ = await bench.subject.network(bench.engine, bench.name('net'), SUBNET);
    const network = link(bench.name('net'), { aliases: ['node'], ipv4: '10.213.7.9' });
    const id = await bench.running({ network });
    expect(await joined(id)).toEqual([network]);
    await bench.engine.remove(id);
    const plain = await bench.running();
    expect(await joined(plain)).toEqual([link('bridge')]);
  });

  test.each(['created', 'running', 'paused', 'exited'])(
    'a container that is %s joins a network and leaves it',
    async (state) => {
      await using _ = await bench.subject.network(bench.engine, bench.name('net'), SUBNET);
      const id = await bench.engine.create(bench.spec());
      if (state !== 'created') await bench.engine.start(id);
      if (state === 'paused') await bench.engine.freeze(id);
      if (state === 'exited') await bench.engine.stop(id, 1);
      const endpoint = link(bench.name('net'), { aliases: ['node'], ipv4: '10.213.7.9' });
      await bench.engine.connect(id, endpoint);
      expect(await joined(id)).toEqual([link('bridge'), endpoint]);
      await bench.engine.disconnect(id, bench.name('net'));
      expect(await joined(id)).toEqual([link('bridge')]);
      expect(await kindOf(bench.engine.disconnect(id, bench.name('net')))).toBe('notFound');
      await bench.engine.remove(id);
    },
  );

  test('what cannot be is refused', async () => {
    await using _ = await bench.subject.network(bench.engine, bench.name('net'));
    const id = await bench.running();
    const attempt = (it: ReturnType<typeof link>) => kindOf(bench.engine.connect(id, it));
    expect(await attempt(link(bench.name('none')))).toBe('notFound');
    expect(await attempt(link(bench.name('net'), { ipv4: '10.213.7.9' }))).toBe('invalid');
    await bench.engine.connect(id, link(bench.name('net')));
    expect(await attempt(link(bench.name('net')))).toBe('conflict');
    await bench.engine.remove(id);
  });
});
