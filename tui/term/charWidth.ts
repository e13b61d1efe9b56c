/**
 * How many columns a character takes: one table for everything that is drawn, the terminal emulator's own, so that
 * what we draw and what an inner terminal draws agree.
 */
import unicode11 from '@xterm/addon-unicode11';
import type { IUnicodeVersionProvider, Terminal } from '@xterm/headless';

/** The addon hands its table only to a terminal; this is just enough of one to receive it. */
function tableOf(): IUnicodeVersionProvider {
  const tables: IUnicodeVersionProvider[] = [];
  const receiver = { unicode: { register: (it: IUnicodeVersionProvider) => tables.push(it) } };
  new unicode11.Unicode11Addon().activate(receiver as unknown as Terminal);
  const [table] = tables;
  if (table === undefined) throw new Error('the Unicode addon registers no table');
  return table;
}

const table = tableOf();

/** 0, 1 or 2, of the first code point. */
export const charWidth = (character: string): 0 | 1 | 2 => table.wcwidth(character.codePointAt(0) ?? 0x20);

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += charWidth(character);
  return width;
}
