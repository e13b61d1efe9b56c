/**
 * Text from outside, made harmless for a terminal: whatever a name, an image, a process or a log holds, it cannot
 * move the cursor, change colours or titles, or reorder what stands around it.
 */
import { stripVTControlCharacters } from 'node:util';

/** Controls, invisible formatting (bidi marks, joiners, tags), halves of pairs, line and paragraph separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const JSON_UNSEEN = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

/** One line of plain text. Escape sequences go as a whole, so that no `[31m` stays behind. */
export const safe = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[\t\n\r]+/g, ' ')
    .replace(UNSEEN, '');

const COLOUR = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);
const NOT_LAYOUT = /[^\P{Cc}\t\n\r]|[\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;

/** Many lines, with their layout and colours, and nothing else that a terminal would obey. */
export const safeLog = (text: string): string =>
  text
    .split(COLOUR)
    .map((part) => (COLOUR.test(part) ? part : stripVTControlCharacters(part).replace(NOT_LAYOUT, '')))
    .join('');

/** JSON that is the same to a program and harmless on a screen: what JSON itself would leave raw is escaped. */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(JSON_UNSEEN, (character) =>
    Array.from({ length: character.length }, (_, at) => escapeUnit(character.charCodeAt(at))).join(''),
  );

const escapeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
