/**
 * GPUs as nvidia-smi reports them.
 *
 * Invariants
 *  - No answer is waited for without a deadline. An answer that comes too late for its caller serves the next one.
 *  - A failure is told by a rejection and by the notice, with since when; the next answer clears it.
 *
 * Not here: children and their hangs (nvidiaRunner.ts), reading output (nvidiaParse.ts), whether nvidia-smi is there at
 * all (gpuSourceProbe.ts).
 */
import { formatDuration } from '../../common/units.ts';
import type { GpuDevice, GpuProcess, GpuSource, GpuTelemetrySample } from '../core/gpuSource.ts';
import type { Clock, Log } from '../core/host.ts';
import type { StartSmi } from './nvidiaChild.ts';
import {
  DEVICE_FIELDS,
  explainFailure,
  gpuArgs,
  LIST_ARGS,
  type ListedProcess,
  type Parsed,
  PROCESS_ARGS,
  parseDevices,
  parseList,
  parseProcesses,
  refusedField,
  saysNoDevices,
} from './nvidiaParse.ts';
import { HOST_PATHS, type HostPaths, identifyProcesses, numaNodeOf } from './nvidiaProcesses.ts';
import { NvidiaQuestion } from './nvidiaQuestion.ts';
import { NvidiaRunner, type RunnerTiming, type SmiAnswer, TIMED_OUT } from './nvidiaRunner.ts';
import { NvidiaTelemetry, type TelemetryTiming } from './nvidiaTelemetry.ts';
import { NvidiaTroubles, type SmiPart } from './nvidiaTroubles.ts';

export interface SmiTiming extends RunnerTiming, TelemetryTiming {
  /** What a caller waits at most. */
  readonly answerMs: number;
  /** How long an answer that came too late for its caller may serve the next one. */
  readonly lateAnswerMs: number;
}
export const SMI_TIMING: SmiTiming = {
  answerMs: 2_000,
  lateAnswerMs: 120_000,
  queryMs: 30_000,
  killGraceMs: 1_000,
  staleMs: 5_000,
  silentMs: 40_000,
  pauseMs: 1_000,
  pauseMaxMs: 30_000,
};

export interface NvidiaSmiParts {
  readonly start: StartSmi;
  readonly clock: Clock;
  readonly log: Log;
  readonly paths?: HostPaths;
  readonly timing?: Partial<SmiTiming>;
}

/** There is no such program: the host has no NVIDIA driver, which is a state and not a failure. */
export class NvidiaSmiMissing extends Error {
  override readonly name = 'NvidiaSmiMissing';
}

export class NvidiaSmi implements GpuSource {
  readonly kind = 'nvidia-smi';
  readonly #runner: NvidiaRunner;
  readonly #troubles: NvidiaTroubles;
  readonly #telemetry: NvidiaTelemetry;
  readonly #inventory: NvidiaQuestion<readonly GpuDevice[]>;
  readonly #processes: NvidiaQuestion<readonly ListedProcess[]>;
  readonly #paths: HostPaths;
  readonly #timing: SmiTiming;
  #gpuCount: number | undefined;

  constructor({ start, clock, log, paths = HOST_PATHS, timing: changes }: NvidiaSmiParts) {
    const timing = { ...SMI_TIMING, ...changes };
    this.#paths = paths;
    this.#timing = timing;
    this.#troubles = new NvidiaTroubles(clock, log);
    this.#runner = new NvidiaRunner(start, clock, timing);
    this.#telemetry = new NvidiaTelemetry({ runner: this.#runner, troubles: this.#troubles, clock, timing });
    this.#inventory = new NvidiaQuestion(() => this.#told('inventory', () => this.#readDevices()), timing.lateAnswerMs);
    this.#processes = new NvidiaQuestion(
      () => this.#told('processes', () => this.#readProcesses()),
      timing.lateAnswerMs,
    );
  }

  /** Waits for the first inventory and leaves it to the first caller of `devices`. Rejects when there is none. */
  async ready(waitMs: number): Promise<void> {
    if ((await this.#inventory.peek(waitMs)) === TIMED_OUT) this.#reportSilence('inventory', waitMs);
  }

  devices(): Promise<readonly GpuDevice[]> {
    return this.#answer('inventory', this.#inventory);
  }

  async processes(): Promise<readonly GpuProcess[]> {
    return identifyProcesses(await this.#answer('processes', this.#processes), this.#paths);
  }

  telemetry(signal: AbortSignal): AsyncIterable<GpuTelemetrySample> {
    return this.#telemetry.samples(signal, () => this.#gpuCount);
  }

  notice(): string | null {
    return this.#runner.hang() ?? this.#troubles.notice();
  }

  async #answer<T>(part: SmiPart, question: NvidiaQuestion<T>): Promise<T> {
    const answer = await question.ask(this.#timing.answerMs);
    if (answer !== TIMED_OUT) return answer;
    throw new Error(this.#reportSilence(part, this.#timing.answerMs));
  }

  #reportSilence(part: SmiPart, waitedMs: number): string {
    const text = `nvidia-smi has not answered within ${formatDuration(waitedMs)}; its answer is awaited`;
    this.#troubles.report(part, text);
    return text;
  }

  async #readDevices(): Promise<readonly GpuDevice[]> {
    const { rows, complaints } = await this.#queryDevices();
    const numaNodes = await Promise.all(rows.map(({ busId }) => numaNodeOf(busId, this.#paths)));
    if (complaints[0]) this.#troubles.report('inventory', `nvidia-smi says: ${complaints[0]}`);
    else this.#troubles.clear('inventory');
    this.#gpuCount = rows.length;
    return rows.map((device, i) => ({ ...device, numaNode: numaNodes[i] ?? null }));
  }

  /** A driver that refuses a field still lists its GPUs. */
  async #queryDevices(): Promise<Parsed<GpuDevice>> {
    const answer = await this.#runner.query(gpuArgs(DEVICE_FIELDS));
    if (!refusedField(answer.lines)) return checked(answer, parseDevices(answer.lines));
    const list = await this.#runner.query(LIST_ARGS);
    const { rows, complaints } = checked(list, parseList(list.lines));
    const unknown = { memoryBytes: null, busId: null, numaNode: null };
    return { rows: rows.map(({ uuid, index, name }) => ({ uuid, index, name, ...unknown })), complaints };
  }

  async #readProcesses(): Promise<readonly ListedProcess[]> {
    const answer = await this.#runner.query(PROCESS_ARGS);
    const parsed = parseProcesses(answer.lines);
    // No process, no line: here an empty answer is a good one.
    const { rows } = answer.code === 0 && parsed.complaints.length === 0 ? parsed : checked(answer, parsed);
    this.#troubles.clear('processes');
    return rows;
  }

  async #told<T>(part: SmiPart, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      // A hang has a notice of its own, which goes when the hang goes.
      if (text !== this.#runner.hang()) this.#troubles.report(part, text);
      throw error;
    }
  }
}

/** Rows count whatever the exit code says: one lost GPU makes nvidia-smi fail and still report the others. */
function checked<Row>(answer: SmiAnswer, parsed: Parsed<Row>): Parsed<Row> {
  if (parsed.rows.length > 0 || saysNoDevices(answer.lines)) return parsed;
  if (answer.spawnError === 'ENOENT') throw new NvidiaSmiMissing('nvidia-smi is not there');
  throw new Error(explainFailure(answer, parsed.complaints));
}
