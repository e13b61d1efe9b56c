/** Version of this program, from the package it belongs to; the same in a checkout and once installed. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

export function clientVersion(): string {
  const path = findPackageJSON('..', import.meta.url);
  if (path === undefined) return 'unknown';
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}
