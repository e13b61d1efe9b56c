/** Bounds that several parts must agree on. Names end in their unit. */

/** A REST or tRPC request body. */
export const bodyBytesMax = 1024 * 1024;
/** A replicaSet name: what Docker allows for a container name, less the `-NNN` that Berth adds. */
export const nameCharsMax = 48;
/** Entries in `binds`, `env`, `containerPorts`, `cmd`. */
export const listLengthMax = 256;
/** Any single string of a request that has no tighter bound. */
export const textCharsMax = 4096;
/** Longest that a container may be given to end by itself: checkpoints of large models take minutes. */
export const stopTimeoutSMax = 3600;
/** Overlay drivers refuse the 125th layer; a chain is flattened when its next layer would be this one. */
export const layersMax = 115;
/** A host port that somebody else held is tried again after this long. */
export const foreignPortTtlMs = 10 * 60_000;
/** How long a stopped container may keep a live task before its GPUs are quarantined. */
export const taskLingerMs = 5_000;
/** Comparison of the records with the engine, besides every reconnect. */
export const reconcileIntervalMs = 60_000;
/** How long an answer that never came may still take effect: a commit of a large container is slow. */
export const lateAnswerMs = 60 * 60_000;
/** Output kept of one `execute`; more is cut and said so. */
export const executeOutputBytesMax = 8 * 1024 * 1024;
/** How long an idempotency key keeps its answer. */
export const idempotencyKeptMs = 24 * 3_600_000;
/** Of each version's log, kept when its container is removed. */
export const keptLogBytesMax = 10 * 1024 * 1024;
/** Commands in sessions at one time. */
export const execSessionsMax = 64;
/** A session without a client is ended after this long. */
export const execDetachedMs = 15 * 60_000;
/** A session that has ended is shown this long. */
export const execEndedKeptMs = 5 * 60_000;
/** Output kept of a session while no client is there: the last of it. */
export const execBacklogBytesMax = 256 * 1024;
