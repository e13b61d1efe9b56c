/**
 * A daemon that can be struck at any effect, with one set on it whose files are known version by version, and what has
 * to hold once it is at rest again.
 */
import { expect } from 'vitest';
import type { OperationView, SetView, VersionView } from '../../../common/contract/views.ts';
import { Daemon, type DaemonOptions } from '../daemon.ts';
import { eventually } from '../eventually.ts';
import { type DockerView, viewDocker, viewHost } from '../hostView.ts';
import { violationsOnHost } from '../hostViolations.ts';
import { IMAGE } from '../testEngine.ts';

/** What a commit keeps: names, modes, owners, times, links, contents. A file that was removed stays away. */
const plantIn = (directory: string, text: string): string =>
  [
    `rm -rf ${directory}/tree && mkdir -p ${directory}/tree/.deep/empty && cd ${directory}/tree`,
    `echo ${text} > .deep/.dot && dd if=/dev/urandom of=bytes bs=64k count=4 2>/dev/null`,
    'ln -s .deep/.dot soft && ln bytes hard && chown 1000:2000 bytes && chmod 4751 bytes && touch -d @1234567890 .deep/.dot',
  ].join(' && ');
const lookIn = (directory: string): string =>
  [
    `cd ${directory}/tree`,
    "find . -type f -o -type l | sort | xargs stat -c '%n %a %u %g %s %Y %h'",
    "find . -type d | sort | xargs stat -c '%n %a %u %g'",
    'find . -type f | sort | xargs md5sum',
    'readlink soft',
  ].join(' && ');

export class KillScene {
  readonly daemon: Daemon;
  readonly #dockerHost: string;
  readonly #before: DockerView;
  /** `UID/N` → what was planted in that version last. */
  readonly #planted = new Map<string, string>();
  #inVolume: string | undefined;
  /** Containers that the test itself destroyed. */
  readonly lost = new Set<string>();

  private constructor(daemon: Daemon, dockerHost: string, before: DockerView) {
    this.daemon = daemon;
    this.#dockerHost = dockerHost;
    this.#before = before;
  }

  static async open(options: DaemonOptions): Promise<KillScene> {
    const before = await viewDocker(options.dockerHost);
    return new KillScene(await Daemon.start({ ...options, faulty: true }), options.dockerHost, before);
  }

  /** The set, under whatever name. */
  async set(): Promise<SetView | undefined> {
    return (await this.daemon.sets())[0];
  }

  async name(): Promise<string> {
    const set = await this.set();
    if (set === undefined) throw new Error('the set is gone');
    return set.name;
  }

  async change<T>(verb: string, body: object = {}): Promise<T> {
    return this.daemon.ok('PATCH', `/replicaSet/${await this.name()}${verb === '' ? '' : `/${verb}`}`, body);
  }

  async gone(): Promise<void> {
    if ((await this.set()) !== undefined) await this.daemon.ok('DELETE', `/replicaSet/${await this.name()}`);
  }

  run(binds: readonly { src: string; dest: string }[] = []): Promise<unknown> {
    const body = { replicaSetName: 'train', imageName: IMAGE, gpuCount: 2, containerPorts: ['22'], binds };
    return this.daemon.ok('POST', '/replicaSet', body);
  }

  /** It runs, with a history of two versions whose files differ, and `bar` bound where a size is given. */
  async running(volumeSize?: string): Promise<void> {
    if ((await this.set()) !== undefined) return this.wake();
    if (volumeSize !== undefined) await this.daemon.ok('POST', '/volumes', { name: 'bar', size: volumeSize });
    await this.run(volumeSize === undefined ? [] : [{ src: 'bar', dest: '/data' }]);
    await this.plant('one');
    await this.change('');
    await this.plant('two');
    if (volumeSize !== undefined) {
      await this.#inside(plantIn('/data', 'volume'));
      this.#inVolume = await this.#inside(lookIn('/data'));
    }
  }

  async wake(): Promise<void> {
    if ((await this.set())?.state !== 'running') await this.change('start');
  }

  async plant(text: string): Promise<void> {
    await this.#inside(plantIn('', text));
    const set = await this.set();
    this.#planted.set(`${set?.uid}/${set?.version}`, await this.#inside(lookIn('')));
  }

  async #inside(script: string): Promise<string> {
    return this.daemon.inside(await this.name(), script);
  }

  /** Resolves when no operation is under way, or the daemon is gone. */
  async atRest(): Promise<void> {
    const operations = () => this.daemon.ok<readonly OperationView[]>('GET', '/operations').catch(() => undefined);
    await eventually('the operation or the daemon has ended', async () => {
      if (this.daemon.hasExited) return true;
      const isIdle = (await operations())?.every(({ state }) => state !== 'running') === true;
      return isIdle && ((await this.set().catch(() => undefined))?.busy ?? null) === null;
    });
  }

  /** Every invariant, and the files of the current version. */
  async expectWhole(): Promise<void> {
    await this.expectInOrder();
    if ((await this.set()) === undefined) return;
    await this.wake();
    await this.#expectFiles();
  }

  async expectInOrder(deadlineMs = 15_000): Promise<void> {
    let wrong: readonly string[] = [];
    await eventually(
      'everything is in order',
      async () => {
        wrong = await this.violations();
        return wrong.length === 0;
      },
      deadlineMs,
    ).catch(() => expect(wrong).toEqual([]));
  }

  async violations(): Promise<readonly string[]> {
    const view = await viewHost({ directory: this.daemon.directory, dockerHost: this.#dockerHost });
    return violationsOnHost(view, { before: this.#before, lost: this.lost });
  }

  async #expectFiles(): Promise<void> {
    const set = await this.set();
    const expected = await this.#expected(set?.version ?? 0);
    if (expected !== undefined) expect(await this.#inside(lookIn(''))).toBe(expected);
    if (this.#inVolume !== undefined) expect(await this.#inside(lookIn('/data'))).toBe(this.#inVolume);
  }

  /** What was planted in it, else what its parent had. */
  async #expected(version: number): Promise<string | undefined> {
    const { uid = '', name = '' } = (await this.set()) ?? {};
    const versions = await this.daemon.versions(name);
    const filesOf = (number: number | null | undefined): string | undefined => {
      const view: VersionView | undefined = versions.find((it) => it.version === number);
      return view && (this.#planted.get(`${uid}/${view.version}`) ?? filesOf(view.parent));
    };
    return filesOf(version);
  }

  /** Each version that has gathered is rolled back to, and has the files that it ended with. */
  async expectEveryVersionBack(): Promise<number> {
    if ((await this.set()) === undefined) return 0;
    await this.wake();
    const versions = (await this.daemon.versions(await this.name())).filter(({ current }) => !current);
    for (const { version } of versions) {
      const expected = await this.#expected(version);
      await this.change('rollback', { version });
      expect({ version, files: await this.#inside(lookIn('')) }).toEqual({ version, files: expected });
    }
    await this.expectInOrder();
    return versions.length;
  }

  async dispose(): Promise<void> {
    await this.daemon.strikeAt(undefined);
    await this.daemon.dispose();
    const view = await viewDocker(this.#dockerHost);
    expect(view.containers.filter(({ id }) => !this.#before.containers.some((it) => it.id === id))).toEqual([]);
  }
}
