/**
 * What a cell means, never its colour; theme.ts gives each its look.
 *
 * Every meaning also has a word or a sign on the screen, so that nothing is lost without colour.
 */
export const ROLES = ['plain', 'dim', 'ok', 'warn', 'bad', 'accent', 'strong', 'selected', 'key'] as const;
export type Role = (typeof ROLES)[number];
