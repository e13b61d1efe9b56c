/** A terminal without a window: what it would show, and the state that a program left it in. */
import unicode11 from '@xterm/addon-unicode11';
import xterm, { type Terminal } from '@xterm/headless';

export class Emulator {
  readonly terminal: Terminal;
  title = '';
  bells = 0;
  /** What asked for the clipboard. */
  readonly clipboard: string[] = [];
  #parsed: Promise<void> = Promise.resolve();

  constructor(columns: number, rows: number) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
    this.terminal.loadAddon(new unicode11.Unicode11Addon() as unknown as Parameters<Terminal['loadAddon']>[0]);
    this.terminal.unicode.activeVersion = '11';
    this.terminal.onTitleChange((title) => {
      this.title = title;
    });
    this.terminal.onBell(() => {
      this.bells += 1;
    });
    this.terminal.parser.registerOscHandler(52, (data) => {
      this.clipboard.push(Buffer.from(data.replace(/^[^;]*;/, ''), 'base64').toString('utf8'));
      return true;
    });
  }

  write(data: string): void {
    this.#parsed = new Promise((resolve) => this.terminal.write(data, resolve));
  }

  /** Once everything that was written is on the screen. */
  async settled(): Promise<void> {
    await this.#parsed;
  }

  text(): string {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, y) =>
      (active.getLine(active.baseY + y)?.translateToString(true) ?? '').trimEnd(),
    ).join('\n');
  }

  /** What escape sequences change: modes, colours of the next character, cursor, title. */
  state(): unknown {
    const { modes, buffer, cols, rows } = this.terminal;
    const { cursorX, cursorY, type } = buffer.active;
    return {
      modes,
      cursorX,
      cursorY,
      type,
      cols,
      rows,
      title: this.title,
      bells: this.bells,
      clipboard: [...this.clipboard],
    };
  }
}
