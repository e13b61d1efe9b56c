/**
 * The person's own settings: `tui.toml` in the configuration folder. A key that two actions share, an unknown action
 * or role, and a file that is no TOML are told with the file's name; nothing is guessed.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { UsageError } from '../cli/input.ts';
import { DEFAULT_KEYMAP, type Keymap, KeymapError, withKeys } from '../keys/keymap.ts';
import { ROLES } from '../term/roles.ts';
import { DEFAULT_THEME, parseLook, type Theme } from '../term/theme.ts';

export interface Settings {
  readonly keymap: Keymap;
  readonly theme: Theme;
  readonly mouse: boolean;
  readonly ascii: boolean;
}

export const settingsPath = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'berth', 'tui.toml');

/** The defaults where there is no file. Throws UsageError. */
export function loadSettings(env: NodeJS.ProcessEnv): Settings {
  const path = settingsPath(env);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return parseSettings('', path);
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseSettings(text, path);
}

const Keys = z.union([z.string().transform((key) => [key]), z.array(z.string())]);
const File = z.strictObject({
  mouse: z.boolean().default(true),
  ascii: z.boolean().default(false),
  keys: z.record(z.string(), Keys).default({}),
  theme: z.partialRecord(z.enum(ROLES), z.string()).default({}),
});

/** `path` is for the words of a refusal. Throws UsageError. */
export function parseSettings(text: string, path: string): Settings {
  const refuse = (what: string): UsageError => new UsageError(`${path}: ${what}`, EXAMPLE);
  const file = File.safeParse(fromToml(text, refuse));
  if (!file.success) throw refuse(z.prettifyError(file.error).replaceAll(/\s*\n\s*/g, ' '));
  const { mouse, ascii, keys, theme } = file.data;
  return { mouse, ascii, keymap: keymapFrom(keys, refuse), theme: themeFrom(theme, refuse) };
}

type Refuse = (what: string) => UsageError;

const EXAMPLE = 'It holds, for example: mouse = false, [keys] "set.stop" = "S", [theme] ok = "bold bright-green".';

function fromToml(text: string, refuse: Refuse): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, ' ') : String(error));
  }
}

function keymapFrom(keys: Readonly<Record<string, readonly string[]>>, refuse: Refuse): Keymap {
  try {
    return withKeys(DEFAULT_KEYMAP, keys);
  } catch (error) {
    if (error instanceof KeymapError) throw refuse(error.message);
    throw error;
  }
}

function themeFrom(looks: Readonly<Partial<Record<string, string>>>, refuse: Refuse): Theme {
  const changed = Object.entries(looks).map(([role, text]) => {
    const look = parseLook(text ?? '');
    if (look === undefined) throw refuse(`theme.${role}: "${text}" is no look`);
    return [role, look] as const;
  });
  return { ...DEFAULT_THEME, ...Object.fromEntries(changed) };
}
