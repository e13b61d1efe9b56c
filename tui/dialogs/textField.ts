/** Typing into one line of text. Places are counted in characters, as a person sees them. */

export interface TextEdit {
  readonly text: string;
  readonly cursor: number;
}

/** What a key adds to a text that is only typed at its end. */
export const typed = (text: string, key: string): string => edit({ text, cursor: Array.from(text).length }, key).text;

export function edit({ text, cursor }: TextEdit, key: string): TextEdit {
  const characters = Array.from(text);
  const at = Math.min(cursor, characters.length);
  const made = (next: readonly string[], place: number): TextEdit => ({ text: next.join(''), cursor: place });
  switch (key) {
    case 'backspace':
      return at === 0 ? { text, cursor: 0 } : made(characters.toSpliced(at - 1, 1), at - 1);
    case 'delete':
    case 'C-d':
      return made(characters.toSpliced(at, 1), at);
    case 'left':
    case 'C-b':
      return { text, cursor: Math.max(0, at - 1) };
    case 'right':
    case 'C-f':
      return { text, cursor: Math.min(characters.length, at + 1) };
    case 'home':
    case 'C-a':
      return { text, cursor: 0 };
    case 'end':
    case 'C-e':
      return { text, cursor: characters.length };
    case 'C-u':
      return made(characters.slice(at), 0);
    case 'C-k':
      return made(characters.slice(0, at), at);
    case 'C-w':
      return deleteWord(characters, at);
    default:
      return insert({ text, cursor: at }, key === 'space' ? ' ' : key);
  }
}

/** One character; names of keys are longer. */
function insert({ text, cursor }: TextEdit, key: string): TextEdit {
  return Array.from(key).length === 1 ? paste({ text, cursor }, key) : { text, cursor };
}

/** Line ends become spaces: it is one line. */
export function paste({ text, cursor }: TextEdit, pasted: string): TextEdit {
  const added = Array.from(pasted.replace(/[\r\n\t]+/g, ' ').replace(/\p{Cc}/gu, ''));
  return {
    text: Array.from(text)
      .toSpliced(cursor, 0, ...added)
      .join(''),
    cursor: cursor + added.length,
  };
}

function deleteWord(characters: readonly string[], at: number): TextEdit {
  const before = characters.slice(0, at).join('').trimEnd();
  const kept = Array.from(before.slice(0, before.lastIndexOf(' ') + 1));
  return { text: [...kept, ...characters.slice(at)].join(''), cursor: kept.length };
}
