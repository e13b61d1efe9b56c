/** What the terminal can do, as its environment says. Pure. */
import type { Glyphs } from './glyphs.ts';

export interface Capabilities {
  /** Colours of the terminal's own palette that may be used. */
  readonly colours: 0 | 8 | 16;
  readonly glyphs: Glyphs;
  /** Which of the library's terminal descriptions drives it. */
  readonly profile: 'xterm-256color' | 'linux';
  /** 24-bit colours, for what runs in a pane. */
  readonly trueColour: boolean;
}

/** No cursor can be moved there: a full-screen program has nothing to draw with. */
export const canDraw = (env: NodeJS.ProcessEnv): boolean => env.TERM !== undefined && !['', 'dumb'].includes(env.TERM);

export function capabilitiesOf(
  env: NodeJS.ProcessEnv,
  wanted: { readonly ascii: boolean; readonly colour: boolean },
): Capabilities {
  const term = env.TERM ?? '';
  const console = /^(linux|vt\d|ansi)/.test(term);
  const isUtf8 = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || 'UTF-8');
  return {
    colours: !wanted.colour || env.NO_COLOR ? 0 : console ? 8 : 16,
    glyphs: wanted.ascii || !isUtf8 ? 'ascii' : console ? 'console' : 'unicode',
    profile: console ? 'linux' : 'xterm-256color',
    trueColour: /truecolor|24bit/.test(env.COLORTERM ?? ''),
  };
}
