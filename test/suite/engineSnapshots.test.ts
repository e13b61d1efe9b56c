/** Files that go from one container to the next, as Berth relies on them in every engine. */
import { describe, expect, test } from 'vitest';
import { IMAGE, kindOf, onEveryEngine } from '../rig/engine/conformance.ts';

onEveryEngine((bench) => {
  describe('snapshots', () => {
    const write = (id: string) => bench.sh(id, 'echo kept > /kept; echo gone > /gone; rm /gone');
    const read = async (id: string) => (await bench.sh(id, 'cat /kept; cat /gone')).stdout;

    test('carries files and deletions from a stopped container to the next', async () => {
      const id = await bench.running();
      await write(id);
      await bench.engine.stop(id, 5);
      await bench.engine.commit(id, bench.tag(1), 'operation 1');
      const next = await bench.running({ name: bench.name(2), image: bench.tag(1) });
      expect(await read(next)).toBe('kept\n');
    });

    test('adds one layer, keeps the comment, and blanks the labels that are ours', async () => {
      const id = await bench.running();
      const before = await bench.engine.inspectImage(IMAGE);
      await write(id);
      await bench.engine.commit(id, bench.tag(1), 'operation 1');
      const after = await bench.engine.inspectImage(bench.tag(1));
      expect(after).toMatchObject({
        layers: (before?.layers ?? 0) + 1,
        comment: 'operation 1',
        cmd: ['sleep', '100000'],
      });
      expect(after?.labels).toEqual({ 'berth.uid': '', team: 'vision' });
      expect(after?.env).toContain('GREETING=hello');
    });

    test('flattens to one layer with every file and setting, and tells how many bytes went by', async () => {
      const labels = { 'berth.uid': 'U', quote: 'a "b" $c \\d' };
      const env = ['PATH=/bin', 'QUOTE=a "b" $c', 'CONTAINER_VERSION=7'];
      const settings = { entrypoint: ['sleep'], cmd: ['100000'], env, labels, stopSignal: 'SIGHUP' };
      const id = await bench.running(settings);
      await write(id);
      await bench.engine.commit(id, bench.tag(1), '');
      const second = await bench.running({ ...settings, name: bench.name(2), image: bench.tag(1) });
      const seen: number[] = [];
      await bench.engine.flatten(second, bench.tag('flat'), 'operation 2', (bytes) => seen.push(bytes));
      const image = await bench.engine.inspectImage(bench.tag('flat'));
      expect(image).toMatchObject({ layers: 1, comment: 'operation 2', entrypoint: ['sleep'], cmd: ['100000'] });
      expect(image?.labels).toEqual({ quote: labels.quote });
      expect(image?.env).toContain('QUOTE=a "b" $c');
      expect(image?.env).not.toContain('CONTAINER_VERSION=7');
      expect(image?.stopSignal).not.toBe('SIGHUP');
      expect(seen.length).toBeGreaterThan(0);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      const next = await bench.running({ ...settings, name: bench.name(3), image: bench.tag('flat') });
      expect(await read(next)).toBe('kept\n');
    });

    test('removes a tag, keeps an image that a container needs, and says which image is missing', async () => {
      const id = await bench.running();
      await write(id);
      await bench.engine.commit(id, bench.tag(1), '');
      const user = await bench.engine.create(bench.spec({ name: bench.name(2), image: bench.tag(1) }));
      expect(await kindOf(bench.engine.removeImage(bench.tag(1)))).toBe('conflict');
      await bench.engine.remove(user);
      await bench.engine.removeImage(bench.tag(1));
      expect(await bench.engine.inspectImage(bench.tag(1))).toBeUndefined();
      expect((await bench.engine.listImages()).flatMap(({ tags }) => tags)).not.toContain(bench.tag(1));
      expect(await kindOf(bench.engine.removeImage(bench.tag(1)))).toBe('imageNotFound');
    });
  });
});
