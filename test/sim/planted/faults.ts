/**
 * Faults that the simulator has to find: each is one small change of a source, made while the module is loaded and
 * nowhere else. The product has no switch for them.
 *
 * Long because it is a table. Where a source changes, its faults here change with it: a unit test tells which do not
 * fit any more.
 */

import type { Verb } from '../../../common/contract/views.ts';

export interface PlantedFault {
  readonly name: string;
  /** The operation whose sweep finds it, where random sequences may not. */
  readonly sweep?: Exclude<Verb, 'start'>;
  /** Below daemon/core. */
  readonly file: string;
  /** There exactly once. */
  readonly from: string;
  readonly to: string;
}

const stop = 'operations/stop.ts';
const recreate = 'operations/recreate.ts';
const settle = 'operations/settle.ts';
const intents = 'operations/intents.ts';
const remove = 'operations/remove.ts';
const resume = 'operations/continueSet.ts';
const look = 'operations/look.ts';

export const PLANTED: readonly PlantedFault[] = [
  {
    name: 'a stop frees GPUs and ports before the container has ended',
    sweep: 'stop',
    file: stop,
    from: '  yield* write(open(intent));\n',
    to: "  yield* write(open(intent), ...(desired === 'stopped' ? releaseAll(ctx.state, name) : []));\n",
  },
  {
    name: 'a pause frees GPUs and ports',
    file: stop,
    from: "const released = desired === 'stopped' ? releaseAll(ctx.state, name) : [];",
    to: 'const released = releaseAll(ctx.state, name);',
  },
  {
    name: 'a stop keeps GPUs and ports',
    file: stop,
    from: "const released = desired === 'stopped' ? releaseAll(ctx.state, name) : [];",
    to: 'const released: Change[] = [];',
  },
  {
    name: 'a stop that was undone leaves the container stopped',
    sweep: 'stop',
    file: stop,
    from: 'yield* closeUndone(ctx, intent, ...(yield* startAgain(ctx, intent)));',
    to: 'yield* closeUndone(ctx, intent);',
  },
  {
    name: 'a version number is used again after a failure',
    file: recreate,
    from: "put('hw', input.name, draft.version), ",
    to: '',
  },
  {
    name: 'a version number is used again after a delete',
    file: remove,
    from: "    del('set', intent.name),\n",
    to: "    del('set', intent.name),\n    del('hw', intent.name),\n",
  },
  {
    name: 'a container is adopted by its name alone',
    sweep: 'run',
    file: settle,
    from: 'if (found !== undefined && found.labels[LABEL.operation] === ctx.id) return found.id;',
    to: 'if (found !== undefined) return found.id;',
  },
  {
    name: 'a lost answer is taken for a failure',
    sweep: 'continue',
    file: settle,
    from: "      if (!isKind(error, 'unknown')) throw error;\n      yield* write(put('unknown'",
    to: "      throw error;\n      yield* write(put('unknown'",
  },
  {
    name: 'a lost answer is taken for success',
    file: settle,
    from: 'if (yield* done()) return;',
    to: 'return;',
  },
  {
    name: 'an unknown start is never forgotten',
    file: settle,
    from: "if (ctx.state.table('unknown').has(container)) yield* write(del('unknown', container));",
    to: '',
  },
  {
    name: 'the answer comes before the commit',
    file: recreate,
    from: '  yield* write(...commitChanges(',
    to: '  if (version !== undefined) return { containerName: version.containerName };\n  yield* write(...commitChanges(',
  },
  {
    name: 'an undo forgets the snapshot',
    sweep: 'patch',
    file: recreate,
    from: '  if (intent.snapshotTag !== null) yield* ensureUntagged(intent.snapshotTag);\n',
    to: '',
  },
  {
    name: 'an undo forgets the container it made',
    file: recreate,
    from: '  yield* discardMade(ctx, intent);\n',
    to: '',
  },
  {
    name: 'an undo does not start the old container again',
    sweep: 'patch',
    file: recreate,
    from: 'if (previous === null || !previous.ran || set === undefined) return [];',
    to: 'if (previous !== null || set === undefined) return [];',
  },
  {
    name: 'an undo frees what the set held before',
    file: intents,
    from: 'releaseAdded(ctx.state, intent.name, intent.addedGpus, intent.addedPorts)',
    to: 'releaseAdded(ctx.state, intent.name, ctx.state.gpusOf(intent.name).map((it) => it.uuid), intent.addedPorts)',
  },
  {
    name: 'an undo keeps what was added',
    file: intents,
    from: '    ...released,\n',
    to: '',
  },
  {
    name: 'an undo does not wait for a stop that is under way',
    sweep: 'stop',
    file: recreate,
    from: '    if (ctx.failure === undefined) yield* awaitStopUnderWay(ctx, previous.container);\n',
    to: '',
  },
  {
    name: 'leases are freed at the first failure, before anything is undone',
    sweep: 'patch',
    file: recreate,
    from: '  yield* discardMade(ctx, intent);\n',
    to: "  yield* write(...intent.addedGpus.map((uuid) => del('gpuLease', uuid)));\n  yield* discardMade(ctx, intent);\n",
  },
  {
    name: 'a commit forgets the snapshot of the old version',
    file: recreate,
    from: '{ ...old, snapshot: saved })]),',
    to: '{ ...old, snapshot: null })]),',
  },
  {
    name: 'a commit keeps leases that are not needed any more',
    file: recreate,
    from: "    ...grant.droppedGpus.map((uuid) => del('gpuLease', uuid)),\n",
    to: '',
  },
  {
    name: 'the intent does not hold the leases that are added',
    file: recreate,
    from: '    addedGpus: grant.addedGpus,\n',
    to: '    addedGpus: [],\n',
  },
  {
    name: 'the new container starts while the old one runs',
    file: recreate,
    from: '  if (container !== undefined) yield* standStill(',
    to: '  if (container === null) yield* standStill(',
  },
  {
    name: 'a rollback records another version than it starts from',
    sweep: 'rollback',
    file: 'operations/rollback.ts',
    from: 'from: { version: target, snapshot },',
    to: 'from: { version: { ...target, version: current.version }, snapshot },',
  },
  {
    name: 'a rollback removes the old container before its files are saved',
    file: recreate,
    from: '    if (old?.snapshot === null) yield* saveOld(ctx, intent, old);\n',
    to: '',
  },
  {
    name: 'the old container stays after the commit',
    file: recreate,
    from: '    yield* ensureRemoved(ctx, previous.container);\n',
    to: '',
  },
  {
    name: 'a delete leaves the snapshots',
    sweep: 'delete',
    file: remove,
    from: '  for (const tag of snapshotsOf(versions, unfinished)) yield* ensureUntagged(tag);\n',
    to: '',
  },
  {
    name: 'a delete leaves the leases',
    file: remove,
    from: '    ...releaseAll(ctx.state, intent.name),\n',
    to: '',
  },
  {
    name: 'a delete frees GPUs before the container is gone',
    sweep: 'delete',
    file: remove,
    from: "yield* write(open(intent), put('set', name, { ...set, deleting: ctx.id }));",
    to: "yield* write(open(intent), ...releaseAll(ctx.state, name), put('set', name, { ...set, deleting: ctx.id }));",
  },
  {
    name: 'a continue that was undone frees GPUs on which a process lives on',
    sweep: 'continue',
    file: resume,
    from: 'return version === undefined ? [] : yield* quarantineBusy(ctx, version);',
    to: 'return version === undefined ? [] : [];',
  },
  {
    name: 'a daemon that dies while it starts a set again stops it for good',
    sweep: 'stop',
    file: resume,
    from: "  if (set.desired === 'running') return [];\n",
    to: '',
  },
  {
    name: 'processes that live on are not looked for',
    file: settle,
    from: 'const pids = yield* liveTasks(containerId);',
    to: 'const pids: readonly number[] = containerId === null ? yield* liveTasks(containerId) : [];',
  },
  {
    name: 'a container that a failed start leaves behind shares its GPUs with the next try',
    sweep: 'run',
    file: 'operations/launch.ts',
    from: '(yield* discard(ctx, intent, made))) throw error;',
    to: '(yield* discard(ctx, intent, made))) return;',
  },
  {
    name: 'a user image stays after its commit was undone',
    sweep: 'commit',
    file: 'operations/commitImage.ts',
    from: 'made?.comment === commentOf(intent.id)',
    to: 'made === undefined',
  },
  {
    name: 'what ended by itself is started again with the daemon',
    file: look,
    from: "if (occasion !== 'routine' && endedMeanwhile(container, occasion))",
    to: "if (occasion !== 'routine')",
  },
  {
    name: 'what somebody outside starts runs on',
    file: look,
    from: '  yield* ensureStopped(ctx, version.containerId);\n  const sick = yield* quarantineBusy(ctx, version);\n  yield* write(...sick);\n',
    to: '',
  },
  {
    name: 'what was removed from outside keeps its GPUs',
    file: look,
    from: "yield* write(withState(set, 'exited', stamp(ctx), reason), ...releaseAll(ctx.state, set.name), ...sick);\n  return 'ended';\n}\n\nfunction* afterEnd",
    to: "yield* write(withState(set, 'running', stamp(ctx), reason), ...sick);\n  return 'ended';\n}\n\nfunction* afterEnd",
  },
  {
    name: 'a start of the daemon settles nothing',
    file: 'reconciler.ts',
    from: 'if (!isBusy(name)) yield* this.#tolerating({ operation, verb, name }, settle(intent));',
    to: 'if (isBusy(name)) yield* this.#tolerating({ operation, verb, name }, settle(intent));',
  },
  {
    name: 'nobody looks for what late answers leave',
    file: 'reconciler.ts',
    from: '    yield* strays.sweep();\n',
    to: '',
  },
  {
    name: 'a change that could not be written down stays visible',
    file: 'batch.ts',
    from: '      pending.takeBack();\n',
    to: '',
  },
  {
    name: 'a lease can be granted again before its release is durable',
    file: 'state.ts',
    from: 'const undo = changes.filter((change) => !isRelease(change)).map(',
    to: 'const undo = changes.map(',
  },
  {
    name: 'an operation can be cancelled after its commit',
    sweep: 'patch',
    file: 'cancellation.ts',
    from: '    this.#committed = true;\n',
    to: '',
  },
  {
    name: 'what was answered is not kept for a repetition',
    sweep: 'stop',
    file: intents,
    from: '...(outcome.failed === undefined ? answered(intent.idempotency, intent.answer, at) : []),',
    to: '',
  },
  {
    name: 'what was committed and is unfinished is undone',
    sweep: 'patch',
    file: 'operations/index.ts',
    from: "intent.phase === 'committed' ? finish : undo",
    to: 'intent === null ? finish : undo',
  },
];
