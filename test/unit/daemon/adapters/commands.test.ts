import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { CommandFailed, runCommand } from '../../../../daemon/adapters/commands.ts';

const failureOf = (call: Promise<unknown>): Promise<CommandFailed> =>
  call.then(
    () => Promise.reject(new Error('it went well')),
    (error: CommandFailed) => error,
  );

describe('a program', () => {
  test('that ends well answers with its output', async () => {
    expect(await runCommand(['echo', 'a b'])).toBe('a b');
  });

  test('speaks English, finds administrators’ programs and reads nothing', async () => {
    expect(await runCommand(['sh', '-c', 'echo $LC_ALL $PATH; cat'])).toMatch(/^C .*:\/usr\/sbin:\/sbin$/);
  });

  test('that fails is named, with its code and what it said', async () => {
    const failure = await failureOf(runCommand(['sh', '-c', 'echo one >&2; echo no room >&2; exit 3']));
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(failure).toMatchObject({ exitCode: 3, stderr: 'one\nno room' });
    expect(failure.message).toMatch(/^sh -c .*: one; no room$/);
  });

  test('that is missing is named', async () => {
    const failure = await failureOf(runCommand(['berth-no-such-program'], { outlives: true }));
    expect(failure.message).toMatch(/^berth-no-such-program: .*ENOENT/);
    expect((await failureOf(runCommand(['berth-no-such-program']))).message).toMatch(/No such file/);
  });

  test('that gives no answer is ended', async () => {
    const failure = await failureOf(runCommand(['sleep', '600'], { deadlineMs: 50 }));
    expect(failure.message).toBe('sleep 600: no answer within 0.05 s');
  });
});

describe('the end of berthd', () => {
  const source = new URL('../../../../daemon/adapters/commands.ts', import.meta.url).pathname;

  /** Runs a program from a process that is killed once the program has begun; answers the program's pid. */
  async function pidAfterKill(outlives: boolean): Promise<string> {
    await using place = await temporaryDirectory();
    const file = join(place.path, 'pid');
    const begin = `echo $$ > ${file}.new && mv ${file}.new ${file} && exec sleep 600`;
    const script = `import { runCommand } from ${JSON.stringify(source)};
      await runCommand(['sh', '-c', ${JSON.stringify(begin)}], { outlives: ${outlives} });`;
    const berthd = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
    const pid = await vi.waitFor(() => readFile(file, 'utf8'), { timeout: 20_000 });
    berthd.kill('SIGKILL');
    await once(berthd, 'exit');
    return pid.trim();
  }

  async function temporaryDirectory() {
    const path = await mkdtemp(join(tmpdir(), 'berth-commands-'));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
  }

  /** A dead process that nobody has asked for yet is a zombie. */
  const isAlive = async (pid: string): Promise<boolean> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tZ');
    return !/^State:\tZ/m.test(status);
  };

  test('is the end of its programs', async () => {
    const pid = await pidAfterKill(false);
    await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false), { timeout: 20_000 });
  }, 60_000);

  test('is not the end of one that must not be disturbed', async () => {
    const pid = await pidAfterKill(true);
    expect(await isAlive(pid)).toBe(true);
    process.kill(Number(pid), 'SIGKILL');
  }, 60_000);
});
