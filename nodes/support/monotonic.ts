/** Milliseconds on the monotonic clock, from the start of this process: the `now` of every role in it. */
export function monotonicMs(): number {
  return performance.now();
}

/** Milliseconds on the monotonic clock of the machine, which all its processes read alike, whenever they were started. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
