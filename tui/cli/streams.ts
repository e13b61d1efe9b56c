/**
 * Commands whose answer comes in pieces: logs, stats, wait, export. Ctrl-C ends them, and is no failure.
 *
 * Not here: `berth events`, which outlives the daemon (events.ts).
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorCodeHeader, openBytes } from '../../common/byteClient.ts';
import { ClientError } from '../../common/clientFailure.ts';
import { isAbsent, type Procedure, type RestRoute } from '../../common/contract/define.ts';
import { contract } from '../../common/contract/index.ts';
import { StatsView, WaitView } from '../../common/contract/look.ts';
import { safeJson } from '../safe.ts';
import type { CommandSpec } from './commands.ts';
import type { Context } from './context.ts';
import { type RawInput, UsageError } from './input.ts';
import { FrameReader } from './logFrames.ts';
import { statsLine, statsText } from './output/stats.ts';
import { exitCode } from './terminal.ts';

export type Runner = (context: Context, spec: CommandSpec, input: RawInput) => Promise<number>;

const { replicaSet } = contract;

/** Procedures that need more than one answer shown. */
export const RUNNERS: ReadonlyMap<Procedure, Runner> = new Map<Procedure, Runner>([
  [replicaSet.logs, showLogs],
  [replicaSet.stats, showStats],
  [replicaSet.wait, showEnd],
  [replicaSet.exportFiles, exportFiles],
]);

const routeOf = ({ procedure }: CommandSpec): RestRoute => {
  if (isAbsent(procedure.rest)) throw new Error('a procedure of bytes has a route');
  return procedure.rest;
};

async function showLogs(context: Context, spec: CommandSpec, input: RawInput): Promise<number> {
  const { terminal, options } = context;
  const request = { route: routeOf(spec), input, accept: 'application/vnd.docker.multiplexed-stream' };
  const log = await openBytes(context.socket, request);
  const reader = new FrameReader(terminal.stdout, terminal.stderr, options.json === true);
  const passed = pipeline(log, reader).then(() => refuseFailed(log.trailers[errorCodeHeader]), brokenOff);
  return await untilInterrupted(context, log, passed);
}

/** Why was the last thing that the log said. */
function refuseFailed(code: string | undefined): void {
  if (code !== undefined && code !== '')
    throw new ClientError('reported', 'the log broke off before its end', {
      hint: 'What has come is incomplete.',
      code,
    });
}

async function exportFiles(context: Context, spec: CommandSpec, input: RawInput): Promise<number> {
  if (context.terminal.stdout.isTTY === true)
    throw new UsageError('an archive is no text for a terminal', 'Write it to a file: `berth export NAME > FILE.tar`.');
  const archive = await openBytes(context.socket, { route: routeOf(spec), input });
  return await untilInterrupted(
    context,
    archive,
    pipeline(archive, context.terminal.stdout, { end: false }).catch(brokenOff),
  );
}

/** Until the bytes have passed, or Ctrl-C. */
async function untilInterrupted(context: Context, source: Readable, passed: Promise<void>): Promise<number> {
  const left = Promise.withResolvers<number>();
  const stopListening = context.terminal.onInterrupt(() => left.resolve(exitCode.interrupted));
  try {
    return await Promise.race([passed.then(() => exitCode.ok), left.promise]);
  } finally {
    stopListening();
    source.destroy();
  }
}

/** A connection that breaks off is a failure. */
export function brokenOff(cause: unknown): never {
  throw new ClientError('unreachable', 'the connection to berthd broke off before everything had come', {
    hint: 'What has come is incomplete. The log of berthd may say why.',
    cause,
  });
}

async function showStats(context: Context, spec: CommandSpec, input: RawInput): Promise<number> {
  const isOnce = input.stream !== true;
  return await eachItem(context, spec, input, (item) => {
    const stats = StatsView.parse(item);
    if (context.options.json === true) context.print(safeJson(stats, isOnce ? 2 : undefined));
    else context.print(isOnce ? statsText(stats, context.view()) : statsLine(stats, context.view()));
  });
}

async function showEnd(context: Context, spec: CommandSpec, input: RawInput): Promise<number> {
  let isTooLate = false;
  const code = await eachItem(context, spec, input, (item) => {
    const seen = WaitView.parse(item);
    if (seen.type === 'waiting') return;
    isTooLate = seen.timedOut;
    if (context.options.json === true) context.print(safeJson(seen, 2));
    else if (seen.StatusCode !== null) context.print(String(seen.StatusCode));
    if (seen.replacedBy !== null) context.note(`Version ${seen.version} was replaced by ${seen.replacedBy}.`);
    if (seen.timedOut) context.note(`Version ${seen.version} goes on.`);
  });
  return isTooLate ? exitCode.failed : code;
}

/** Until the daemon ends the stream, or Ctrl-C. */
async function eachItem(
  context: Context,
  spec: CommandSpec,
  input: RawInput,
  take: (item: unknown) => void,
): Promise<number> {
  const client = await context.connect();
  const over = Promise.withResolvers<number>();
  const stopListening = context.terminal.onInterrupt(() => over.resolve(exitCode.interrupted));
  const subscription = client.byPath.subscription(spec.path, input, {
    onData: take,
    onError: over.reject,
    onComplete: () => over.resolve(exitCode.ok),
  });
  try {
    return await over.promise;
  } finally {
    stopListening();
    subscription.unsubscribe();
    await client.close();
  }
}
