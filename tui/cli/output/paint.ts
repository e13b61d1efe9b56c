/** Colour by role. Every meaning also has a word or a sign, so that nothing is lost without colour. */

export type Role = 'plain' | 'dim' | 'ok' | 'warn' | 'bad' | 'accent' | 'strong';
export type Paint = (role: Role, text: string) => string;

/** ANSI's own colours alone: they fit light and dark terminals alike. */
const SGR: Readonly<Record<Role, number>> = { plain: 0, strong: 1, dim: 2, bad: 31, ok: 32, warn: 33, accent: 36 };

export const plainPaint: Paint = (_role, text) => text;

const colourPaint: Paint = (role, text) =>
  role === 'plain' || text === '' ? text : `\u001b[${SGR[role]}m${text}\u001b[0m`;

/** `wanted` is false after `--no-color`. See no-color.org for NO_COLOR. */
export function painterFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv, wanted: boolean): Paint {
  const colour = wanted && stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return colour ? colourPaint : plainPaint;
}
