/**
 * A machine with systemd as PID 1 and Berth installed, for one test file (boot.sh makes it).
 *
 * Invariants
 *  - `stop` leaves nothing behind but the plain Debian that the next run starts from.
 *  - A command that fails inside rejects with what it said.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { eventually } from '../rig/eventually.ts';

const script = new URL('boot.sh', import.meta.url).pathname;
const bootScript = (...args: readonly string[]) => execa(script, args, { all: true, timeout: 600_000 });

export class Machine {
  readonly #directory: string;
  #engine: Server | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async boot(): Promise<Machine> {
    const machine = new Machine(mkdtempSync(join(tmpdir(), 'berth-boot-')));
    try {
      await bootScript('make', machine.#directory);
      await bootScript('start', machine.#directory);
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  /** What the command printed, without the last line break. */
  async run(...command: readonly string[]): Promise<string> {
    return (await bootScript('in', this.#directory, ...command)).stdout;
  }

  /** The same for a command that may fail. */
  async attempt(
    ...command: readonly string[]
  ): Promise<{ readonly exitCode: number | undefined; readonly all: string }> {
    const { exitCode, all } = await execa(script, ['in', this.#directory, ...command], { all: true, reject: false });
    return { exitCode, all };
  }

  /** One property of a unit, as `systemctl show` names it. */
  async property(name: string, unit = 'berthd.service'): Promise<string> {
    return await this.run('systemctl', 'show', '--value', '--property', name, unit);
  }

  /** Waits until the property of berthd.service is as wanted. */
  async until(name: string, isWanted: (value: string) => boolean): Promise<void> {
    await eventually(`${name} of berthd.service`, async () => isWanted(await this.property(name)), 60_000);
  }

  /** What berthd itself said, in all its runs. */
  async journal(): Promise<readonly { readonly PRIORITY: string; readonly MESSAGE: string }[]> {
    const lines = await this.run('journalctl', '--identifier', 'berthd', '--output', 'json');
    return lines.split('\n').map((line) => JSON.parse(line));
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.#directory, 'root', path), text);
  }

  has(path: string): boolean {
    return existsSync(join(this.#directory, 'root', path));
  }

  /** From here on the engine that lives at `socketPath` on the host answers inside too. */
  async engineComes(socketPath: string): Promise<void> {
    this.#engine = createServer((near) => {
      const far = connect(socketPath);
      near.pipe(far).pipe(near);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => other.destroy());
      }
    }).listen(join(this.#directory, 'engine', 'docker.sock'));
    await this.run('ln', '-sf', '/run/engine/docker.sock', '/run/docker.sock');
  }

  async stop(): Promise<void> {
    await bootScript('stop', this.#directory);
    this.#engine?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
