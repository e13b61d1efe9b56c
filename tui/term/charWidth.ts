/**
 * How many columns a character takes: one table for everything that is drawn, the terminal emulator's own, so that
 * what we draw and what an inner terminal draws agree.
 */
import unicode11 from '@xterm/addon-unicode11';

interface WidthTable {
  readonly version: string;
  wcwidth(codepoint: number): 0 | 1 | 2;
  charProperties(codepoint: number, preceding: number): number;
}

type Terminal = Parameters<InstanceType<typeof unicode11.Unicode11Addon>['activate']>[0];

/** The addon hands its table only to a terminal; this is just enough of one to receive it. */
function tableOf(): WidthTable {
  const tables: WidthTable[] = [];
  const receiver = { unicode: { register: (it: WidthTable) => tables.push(it) } };
  new unicode11.Unicode11Addon().activate(receiver as unknown as Terminal);
  const [table] = tables;
  if (table === undefined) throw new Error('the Unicode addon registers no table');
  return table;
}

/** For the emulator, so that it counts alike. */
export const widthTable = tableOf();

/** 0, 1 or 2, of the first code point. */
export const charWidth = (character: string): 0 | 1 | 2 => widthTable.wcwidth(character.codePointAt(0) ?? 0x20);

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += charWidth(character);
  return width;
}
