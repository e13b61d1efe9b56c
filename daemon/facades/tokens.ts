/** Bearer tokens: compared in a time that tells nothing of them. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Identity } from '../../common/services.ts';

export interface KnownToken extends Identity {
  /** Lower-case hex SHA-256 of the token. */
  readonly sha256: string;
}

export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Finds the identity of a token; looks at every known one, whichever fits. */
export function tokenMatcher(known: readonly KnownToken[]): (token: string | undefined) => Identity | undefined {
  return (token) => {
    if (token === undefined) return undefined;
    const hash = Buffer.from(tokenHash(token));
    const [found] = known.filter(({ sha256 }) => sameBytes(Buffer.from(sha256), hash));
    return found && { actor: found.actor, role: found.role };
  };
}

const sameBytes = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
