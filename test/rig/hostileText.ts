/** Texts that try to command a terminal: what a name, an image, a process or a log may hold. */

/** Equal numbers from 0 to 1 for equal seeds. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const PIECES = [
  '\u001b[2J',
  '\u001b[31;1m',
  '\u001b]0;owned\u0007',
  '\u001b]52;c;aGk=\u0007',
  '\u001b]52;c;aGk=\u001b\\',
  '\u001b[?1049l',
  '\u001b[?25h',
  '\u001b[6n',
  '\u001b[c',
  '\u001bc',
  '\u001b(0',
  '\u000e',
  '\u009b5A',
  '\u009d0;x\u009c',
  '\u0090q\u009c',
  '\u0007',
  '\b',
  '\r',
  '\n',
  '\t',
  '\u0000',
  '\u007f',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\u001b',
  '\u001b[',
  '\u001b]',
  'a',
  '模',
  '🚀',
  'e\u0301',
  '\ud800',
  '█',
] as const;

export function hostileText(random: () => number): string {
  const length = 1 + Math.floor(random() * 12);
  return Array.from({ length }, () => {
    if (random() < 0.6) return PIECES[Math.floor(random() * PIECES.length)] ?? '';
    return String.fromCodePoint(Math.floor(random() * (random() < 0.5 ? 0x100 : 0xd800)));
  }).join('');
}
