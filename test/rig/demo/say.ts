/** How `make run` speaks: one line for each part, on stdout; a failure with what to do, and the end. */

/** `engine   private, at unix://…` */
export const say = (part: string, text: string): void => console.log(`${part.padEnd(8)} ${text}`);

/** What went wrong on the user's side: shown without a stack. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
}

/** As the shell reads it back, whatever is in it. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
