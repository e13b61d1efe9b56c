import { expect, test } from 'vitest';
import { Canvas } from '../../../../tui/term/canvas.ts';
import { Emulator } from '../../../rig/emulator.ts';
import { hostileText, numbers } from '../../../rig/hostileText.ts';

test('text stays within its width and the canvas', () => {
  const canvas = new Canvas(10, 2);
  expect(canvas.text(2, 0, 'abcdefgh', 'plain', 4)).toBe(4);
  canvas.text(8, 1, 'xyz');
  canvas.text(0, 7, 'below');
  expect(canvas.toString()).toBe('  abcd\n        xy');
});

test('a wide character takes two cells, and none where only one is left', () => {
  const canvas = new Canvas(6, 1);
  canvas.text(0, 0, '模型x', 'plain', 3);
  expect(canvas.characters).toEqual(['模', '', ' ', ' ', ' ', ' ']);
});

test('accents stay with their letter, a few at most', () => {
  const canvas = new Canvas(4, 1);
  canvas.text(0, 0, `e\u0301${'a'}${'\u0301'.repeat(1000)}b`);
  expect(canvas.characters.map((it) => it.length)).toEqual([2, 5, 1, 1]);
});

test('what was drawn last is what a click meets', () => {
  const canvas = new Canvas<string>(10, 3);
  canvas.hotspot({ x: 0, y: 0, width: 10, height: 3 }, 'below');
  canvas.hotspot({ x: 2, y: 1, width: 2, height: 1 }, 'above');
  expect([canvas.targetAt(3, 1), canvas.targetAt(4, 1), canvas.targetAt(10, 1)]).toEqual(['above', 'below', undefined]);
});

test('10,000 hostile texts leave the state of a terminal alone', async () => {
  const random = numbers(20_260_122);
  const emulator = new Emulator(80, 24);
  const before = emulator.state();
  for (let round = 0; round < 10_000; round += 1) {
    const canvas = new Canvas(40, 1);
    const text = hostileText(random);
    canvas.text(0, 0, text);
    emulator.write(`\u001b[H${canvas.characters.join('')}\u001b[H`);
    if (round % 500 === 0) {
      await emulator.settled();
      expect(emulator.state(), JSON.stringify(text)).toEqual(before);
    }
  }
  await emulator.settled();
  expect(emulator.state()).toEqual(before);
});

test('a hostile text never reaches beyond its cells', async () => {
  const random = numbers(7);
  for (let round = 0; round < 300; round += 1) {
    const emulator = new Emulator(20, 2);
    const canvas = new Canvas(18, 1);
    const text = hostileText(random);
    canvas.text(1, 0, text, 'plain', 8);
    canvas.text(0, 0, '|');
    canvas.text(9, 0, '|');
    emulator.write(canvas.characters.join(''));
    await emulator.settled();
    const line = emulator.terminal.buffer.active.getLine(0);
    expect([line?.getCell(0)?.getChars(), line?.getCell(9)?.getChars()], JSON.stringify(text)).toEqual(['|', '|']);
  }
});
