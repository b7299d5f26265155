/** Milliseconds on the monotonic clock: the `now` of every role in this process. */
export function monotonicMs(): number {
  return performance.now();
}
