/**
 * An executable that behaves like nvidia-smi in every way a test needs, with the recorded outputs of test/golden.
 *
 * It writes down each start before anything else, so that runs which hang are seen too, and it ticks faster than the
 * real one.
 */
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 *  - ok: eight GPUs, a telemetry stream without end
 *  - hang: no output, deaf to SIGTERM
 *  - slow: as ok, once `answerNow` was called
 *  - driverDown: exit 9
 *  - nonsense: exit 0 and nothing that can be read, telemetry without end
 *  - diesAfterTwo: as ok, but the stream ends after two ticks with exit 3
 *  - refusesFields: a driver that knows neither pci.bus_id nor power.limit
 */
export type FakeMode = 'ok' | 'hang' | 'slow' | 'driverDown' | 'nonsense' | 'diesAfterTwo' | 'refusesFields';

export interface FakeNvidiaSmi extends AsyncDisposable {
  readonly path: string;
  /** Counts for runs that start from now on. */
  become(mode: FakeMode): Promise<void>;
  /** Lets every run in mode slow answer. */
  answerNow(): Promise<void>;
  /** Every start so far, with its arguments. */
  starts(): Promise<readonly { readonly pid: number; readonly args: string }[]>;
}

const GOLDEN = join(import.meta.dirname, '../golden/nvidia-smi');
const RECORDED = ['devices', 'telemetry', 'processes', 'list'].map((kind) => [`h200x8.${kind}.txt`, kind] as const);

const SCRIPT = `#!/bin/sh
here=$(dirname "$0")
echo "$$ $*" >> "$here/starts"
mode=$(cat "$here/mode")
case "$*" in
  *'-l 1'*) kind=telemetry ;;
  *compute-apps*) kind=processes ;;
  -L) kind=list ;;
  *) kind=devices ;;
esac
refuse() { echo "Field \\"$1\\" is not a valid field to query."; exit 2; }
say() { cat "$here/$1" || exit 1; }
case "$mode" in
  hang) trap '' TERM INT HUP; exec sleep 3600 ;;
  slow) while [ ! -e "$here/go" ]; do sleep 0.02; done ;;
  driverDown) say driverDown; exit 9 ;;
  nonsense) kind_of=$kind; kind=nonsense ;;
  diesAfterTwo) if [ $kind = telemetry ]; then say telemetry; say telemetry; exit 3; fi ;;
  refusesFields) case "$*" in *power.limit*) refuse power.limit ;; *pci.bus_id*) refuse pci.bus_id ;; esac
    [ $kind = telemetry ] && kind=telemetryMin ;;
esac
say $kind
case "$kind_of$kind" in telemetry*) while sleep 0.03; do say $kind; done ;; esac
`;

export async function fakeNvidiaSmi(mode: FakeMode): Promise<FakeNvidiaSmi> {
  const dir = await mkdtemp(join(tmpdir(), 'fake-nvidia-smi-'));
  const at = (name: string) => join(dir, name);
  await Promise.all(RECORDED.map(([recorded, kind]) => cp(join(GOLDEN, recorded), at(kind))));
  await cp(join(GOLDEN, 'driverDown.txt'), at('driverDown'));
  await cp(join(GOLDEN, 'nonsense.txt'), at('nonsense'));
  await writeFile(at('telemetryMin'), firstCells(await readFile(at('telemetry'), 'utf8'), 3));
  await writeFile(at('starts'), '');
  await writeFile(at('mode'), mode);
  await writeFile(at('nvidia-smi'), SCRIPT, { mode: 0o755 });
  return {
    path: at('nvidia-smi'),
    become: async (next) => {
      // By renaming, so that a run that starts right now reads the one mode or the other.
      await writeFile(at('nextMode'), next);
      await rename(at('nextMode'), at('mode'));
    },
    answerNow: () => writeFile(at('go'), ''),
    starts: async () => startsOf(await readFile(at('starts'), 'utf8')),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

const firstCells = (csv: string, count: number): string =>
  csv.replace(/^.+$/gm, (line) => line.split(',').slice(0, count).join(','));

const startsOf = (log: string): { pid: number; args: string }[] =>
  [...log.matchAll(/^(\d+) (.*)$/gm)].map(([, pid, args = '']) => ({ pid: Number(pid), args }));
