import { checked } from './libc.ts';
import { libraryCall } from './socket-libc.ts';

const CLOCK_REALTIME = 0;
const NS_PER_S = 1_000_000_000n;

// struct timespec: seconds, nanoseconds.
const time = new BigInt64Array(2);
let clockGettime: ((clock: number, time: BigInt64Array) => number) | undefined;

/** CLOCK_REALTIME in nanoseconds since 1970, the clock that stamps captured packets: one system call, no allocation but the result. */
export function realtimeNs(): bigint {
  clockGettime ??= libraryCall('int clock_gettime(int clock, void *time)') as (
    clock: number,
    time: BigInt64Array,
  ) => number;
  checked('clock_gettime', 'CLOCK_REALTIME', clockGettime(CLOCK_REALTIME, time));
  return time[0]! * NS_PER_S + time[1]!;
}
