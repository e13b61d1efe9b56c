/** The UI without a terminal: events and keys go into its reducer, a frame comes out. */
import { DEFAULT_KEYMAP } from '../../tui/keys/keymap.ts';
import type { Command } from '../../tui/state/commands.ts';
import type { Event, Target } from '../../tui/state/events.ts';
import { reduce } from '../../tui/state/reduce.ts';
import { initialState, type Settings, type State } from '../../tui/state/state.ts';
import type { Canvas } from '../../tui/term/canvas.ts';
import { ROLES } from '../../tui/term/roles.ts';
import { frame } from '../../tui/views/frame.ts';
import { NO_SCREENS, type Screens } from '../../tui/views/screens.ts';
import { telemetryAt, uiNow, uiPlan, uiSnapshot, uiVersions } from './uiWorld.ts';

export class UiScene {
  state: State;
  /** What terminals show. */
  screens: Screens = NO_SCREENS;
  /** Everything that was to be done outside, in order. */
  readonly commands: Command[] = [];

  constructor(over: Partial<Settings> = {}) {
    this.state = initialState({
      hostName: 'gpu-07',
      me: '1000:1000',
      glyphs: 'unicode',
      keymap: DEFAULT_KEYMAP,
      readonly: false,
      mouse: true,
      now: uiNow,
      width: 80,
      height: 24,
      ...over,
    });
  }

  /** With the snapshot and the last minutes of load. */
  static live(over: Partial<Settings> = {}): UiScene {
    const scene = new UiScene(over);
    scene.send({ type: 'daemon', event: uiSnapshot() });
    for (let second = -160; second <= 0; second += 1) {
      const at = new Date(uiNow + second * 1000).toISOString();
      scene.send({ type: 'daemon', event: { type: 'telemetry', at, gpus: telemetryAt(second) } });
    }
    return scene;
  }

  send(event: Event): this {
    const { state, commands } = reduce(this.state, event);
    this.state = state;
    this.commands.push(...commands);
    return this;
  }

  /** One after the other; `enter`, `C-l` and the like are one key. */
  press(...keys: readonly string[]): this {
    for (const key of keys) this.send({ type: 'key', key });
    return this;
  }

  type(text: string): this {
    return this.press(...Array.from(text, (it) => (it === ' ' ? 'space' : it)));
  }

  /** Answers the last call, as the daemon would. */
  answer(output: unknown): this {
    return this.send({ type: 'answer', purpose: this.lastCall().purpose, result: { ok: true, output } });
  }

  refuse(code: string, message: string, hint = ''): this {
    const failure = { kind: 'reported' as const, code, number: null, message, hint, details: {} };
    return this.send({ type: 'answer', purpose: this.lastCall().purpose, result: { ok: false, failure } });
  }

  lastCall(): Extract<Command, { type: 'call' }> {
    const call = this.commands.findLast((it) => it.type === 'call');
    if (call === undefined) throw new Error('nothing was called');
    return call;
  }

  /** The calls that change something. */
  changes(): readonly { readonly path: string; readonly input: unknown }[] {
    return this.commands
      .filter((it) => it.type === 'call')
      .filter(({ kind }) => kind === 'mutation')
      .map(({ path, input }) => ({ path, input }));
  }

  /** In the sets' view with the versions of the selected one there. */
  withVersions(): this {
    return this.press('2').answer(uiVersions());
  }

  withPlan(over: Parameters<typeof uiPlan>[0] = {}): this {
    return this.answer(uiPlan(over));
  }

  frame(width = this.state.width, height = this.state.height): Canvas<Target> {
    this.send({ type: 'resize', width, height });
    return frame(this.state, width, height, this.screens);
  }

  text(width?: number, height?: number): string {
    return this.frame(width, height).toString();
  }
}

const LETTER: Readonly<Record<(typeof ROLES)[number], string>> = {
  plain: '.',
  dim: 'd',
  ok: 'o',
  warn: 'w',
  bad: 'b',
  accent: 'a',
  strong: 's',
  selected: '#',
  key: 'k',
};

/** The roles of a frame, a letter a cell, `t` for what a terminal's program drew; blanks without a role are blanks here. */
export const roleMap = ({ styles, characters, width, height }: Canvas): string =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_column, x) => {
      const at = y * width + x;
      const role = ROLES[styles[at] ?? 0];
      if (role === undefined) return characters[at] === ' ' ? ' ' : 't';
      return role === 'plain' && characters[at] === ' ' ? ' ' : LETTER[role];
    })
      .join('')
      .trimEnd(),
  ).join('\n');
