import { checked, libc } from './libc.ts';

const CLOCK_REALTIME = 0;
const NS_PER_S = 1_000_000_000n;

// struct timespec: seconds, nanoseconds.
const time = new BigInt64Array(2);

/** CLOCK_REALTIME in nanoseconds since 1970, the clock that stamps captured packets: one system call, no allocation but the result. */
export function realtimeNs(): bigint {
  checked('clock_gettime', 'CLOCK_REALTIME', libc('clock_gettime')(CLOCK_REALTIME, time));
  return time[0]! * NS_PER_S + time[1]!;
}
