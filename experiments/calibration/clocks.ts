import { anyOf } from '../any-value.ts';
import type { Parameters } from '../experiment.ts';

/**
 * What each clock may be off by. Virtual: a clock read costs 256 ns, so stamps lie on a grid that fine. Wall: timers fire
 * late, by what the machine's load makes of it. A token bucket that is later than it has room for loses rate: in real time
 * only the paper's shaped rates are claimed, and slow probes.
 */
export const virtual = {
  clock: 'virtual',
  delayMs: 0.001,
  delayReason: 'stamps lie on a grid of 256 ns, what a read of the clock takes',
  // The first of a stream costs some 8 µs more: neighbours are found.
  probes: { packets: { min: 20 } },
  meetings: meetingMs,
  ratePct: 0.5,
  rateReason: 'a frame more or less of those counted',
  bulkPct: 3,
  bulkReason:
    'left out are what the bucket lets through in advance and delayed acknowledgements, see docs/calibration.md',
  rates: {},
  hints: {},
} as const;
/** See `virtual`. */
export const wall = {
  clock: 'wall',
  delayMs: 1,
  delayReason: 'timers fire late in real time, by what the machine’s load makes of it',
  probes: { burst: 1 },
  meetings: () => 0,
  ratePct: 5,
  rateReason: 'a timer may be late by more than the bucket has room for',
  bulkPct: 10,
  bulkReason: 'as for rates, and processes that compute',
  rates: { rateKbit: { max: 2000 } },
  hints: {
    withoutEvidence: 'run with --clock wall',
    deviation: 'the machine may be too busy for measurements in real time: free it, and run with --jobs 1',
  },
} as const;

/** What a read of the clock takes in virtual time, ms; and times nearer than this are one instant: a small packet’s at the least rate probed so. */
const [READ_MS, INSTANT_MS] = [256e-6, 0.01];

/**
 * How much later a probe may be stamped where others come to the router, or leave it, in the same instant, ms: a read for each stream that comes, and for
 * each that goes. So it is where a latency, or the sum or difference of two, is a number of ticks.
 */
export function meetingMs({ cs1Ms, cs2Ms, ssMs, tickMs, pairs }: Parameters): number {
  const latencies = [0, cs1Ms!, cs2Ms!, ssMs!].slice(0, pairs! + 1);
  const meet = latencies.some((one, index) =>
    latencies
      .slice(index + 1)
      .some((other) => [other - one, other + one].some((ms) => isWhole(ms / tickMs!, INSTANT_MS / tickMs!))),
  );
  return meet ? 4 * pairs! * READ_MS : 0;
}

function isWhole(value: number, within: number): boolean {
  return Math.abs(value - Math.round(value)) < within;
}

export type ClockTolerance = typeof virtual | typeof wall;

/** Where most expectations come from. */
export const source = 'what is configured';

/** Delay lines, rates and losses are what they are set to beside any others. */
export const anyNetwork = anyOf('cs1Ms', 'cs2Ms', 'ssMs', 'rateKbit', 'lossPct');
/** … whatever probes them. */
export const anyTraffic = anyOf('packets', 'tickMs', 'burst', 'pairs', 'bytes', 'windowBytes');
