import { expect, test } from 'vitest';
import { tokenHash, tokenMatcher } from '../../../../daemon/facades/tokens.ts';

const match = tokenMatcher([
  { actor: 'root', role: 'admin', sha256: tokenHash('one') },
  { actor: 'ci', role: 'operate', sha256: tokenHash('two') },
  { actor: 'broken', role: 'admin', sha256: '' },
]);

test('each token leads to its own identity', () => {
  expect(match('one')).toEqual({ actor: 'root', role: 'admin' });
  expect(match('two')).toEqual({ actor: 'ci', role: 'operate' });
});

test.each([undefined, '', 'One', 'one ', 'three', tokenHash('one')])('%j leads to nobody', (token) => {
  expect(match(token)).toBeUndefined();
});
