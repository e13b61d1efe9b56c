/** Names of the host's users, from the lines of passwd(5). */
import { readFile } from 'node:fs/promises';

/** uid → name. Empty when the file cannot be read: users are then shown by number. */
export async function readUserNames(path = '/etc/passwd'): Promise<ReadonlyMap<number, string>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const fields = text.split('\n').map((line) => line.split(':'));
  return new Map(fields.flatMap(([name, , uid]) => (name && uid ? [[Number(uid), name] as const] : [])));
}
