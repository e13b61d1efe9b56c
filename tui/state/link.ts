/** How the connection to the daemon stands. A short loss is a restart; only a longer one is called down. */
export const downAfterMs = 5_000;
