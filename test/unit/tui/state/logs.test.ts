import { expect, test } from 'vitest';
import { logLines, selectedLine } from '../../../../tui/state/logs.ts';
import { UiScene } from '../../../rig/uiScene.ts';

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `line ${from + at}${(from + at) % 10 === 0 ? ' ten' : ''}\n`).join('');
const tell = (scene: UiScene, text: string): UiScene =>
  scene.send({
    type: 'logs',
    id: scene.state.logs?.id ?? 0,
    news: { news: 'pieces', pieces: [{ stream: 'stdout', text }] },
  });
const opened = (): UiScene => tell(UiScene.live({ width: 100, height: 30 }).withVersions().press('l'), lines(0, 100));
const selected = ({ state }: UiScene): string | undefined => {
  const shown = logLines(state);
  return shown[selectedLine(state, shown)]?.text;
};
const wishes = (scene: UiScene): readonly unknown[] => scene.commands.filter((it) => it.type === 'logs');

test('l follows the log of the current version and of those after it', () => {
  const scene = opened();
  expect(wishes(scene)).toEqual([
    {
      type: 'logs',
      do: 'open',
      id: 1,
      input: { name: 'llama', follow: true, resume: true, tail: 10_000, timestamps: true },
    },
  ]);
  expect(selected(scene)).toBe('line 99');
  expect(selected(tell(scene, lines(100, 120)))).toBe('line 119');
});

test('on an earlier version l shows what was kept of it', () => {
  const scene = UiScene.live().withVersions().press('enter', 'k', 'l');
  expect(wishes(scene)).toEqual([
    { type: 'logs', do: 'open', id: 1, input: { name: 'llama', version: 4, tail: 10_000, timestamps: true } },
  ]);
});

test('who moves stays with a line while more come, and follows again at the end', () => {
  const scene = opened().press('k', 'k');
  expect(selected(tell(scene, lines(100, 200)))).toBe('line 97');
  expect(selected(scene.press('G'))).toBe('line 199');
  expect(selected(tell(scene, lines(200, 202)))).toBe('line 201');
  expect(selected(scene.press('g'))).toBe('line 0 ten');
  expect(selected(scene.press('f'))).toBe('line 201');
  expect(selected(tell(scene.press('f'), lines(202, 205)))).toBe('line 201');
});

test('the search goes up and down and says when there is no more', () => {
  const scene = opened().press('s').type('TEN').press('enter');
  expect(selected(scene)).toBe('line 90 ten');
  expect(selected(scene.press('n'))).toBe('line 80 ten');
  expect(selected(scene.press('N', 'N'))).toBe('line 90 ten');
  expect(scene.text()).toContain('No line below holds "TEN".');
});

test('keys of the search are no commands', () => {
  const scene = opened().press('s').type('q2d').press('backspace');
  expect([scene.state.view, scene.state.logs?.search]).toEqual(['logs', 'q2']);
  expect(scene.press('escape').state.logs?.searching).toBe(false);
});

test('the filter narrows, moving stays inside it, Esc clears it and then leaves', () => {
  const scene = opened().press('/').type('ten').press('enter', 'k');
  expect([selected(scene), scene.text()]).toEqual(['line 80 ten', expect.stringContaining('10/100  /ten')]);
  expect(scene.press('escape').state.view).toBe('logs');
  expect(selected(scene)).toBe('line 80 ten');
  expect(scene.press('escape').state.view).toBe('sets');
});

test('leaving the view ends the stream and forgets the text; what comes late is dropped', () => {
  const scene = opened().press('4');
  expect(wishes(scene).at(-1)).toEqual({ type: 'logs', do: 'close', id: 1 });
  scene.send({ type: 'logs', id: 1, news: { news: 'pieces', pieces: [{ stream: 'stdout', text: 'late\n' }] } });
  expect(scene.state.logs).toBeUndefined();
});

test('a stream that begins again after the daemon was away tells everything anew, once', () => {
  const scene = tell(
    opened()
      .press('k')
      .send({ type: 'logs', id: 1, news: { news: 'began' } }),
    lines(0, 3),
  );
  expect(logLines(scene.state).map(({ text }) => text)).toEqual(['line 0 ten', 'line 1', 'line 2']);
  scene.send({ type: 'logs', id: 1, news: { news: 'ended', reason: 'llama v5 was replaced' } });
  expect(scene.text()).toContain('llama v5 was replaced');
});

test('times are shown on demand, long lines go sideways, y copies the line', () => {
  const scene = tell(UiScene.live().withVersions().press('l'), `2026-01-22T10:30:00.5Z ${'abcdefgh'.repeat(20)}\n`);
  expect(scene.text()).not.toContain('10:30:00.5');
  expect(scene.press('t').text()).toContain('10:30:00.5Z');
  expect(scene.press('t', 'right').text()).toContain('from column 17');
  expect(scene.press('left', 'left').text()).toMatch(/│abcd/);
  expect(scene.press('y').commands.at(-1)).toEqual({ type: 'copy', text: 'abcdefgh'.repeat(20) });
});
