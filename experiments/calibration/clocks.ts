import { anyOf } from '../any-value.ts';

/**
 * What each clock may be off by. Virtual: a clock read costs 256 ns, so stamps lie on a grid that fine. Wall: timers fire
 * late, by what the machine's load makes of it. A token bucket that is later than it has room for loses rate: in real time
 * only the paper's shaped rates are claimed, and slow probes.
 */
export const virtual = {
  clock: 'virtual',
  delayMs: 0.001,
  delayReason: 'stamps lie on a grid of 256 ns, what a read of the clock takes',
  probes: {},
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
export type ClockTolerance = typeof virtual | typeof wall;

/** Where most expectations come from. */
export const source = 'what is configured';

/** Delay lines, rates and losses are what they are set to beside any others. */
export const anyNetwork = anyOf('cs1Ms', 'cs2Ms', 'ssMs', 'rateKbit', 'lossPct');
/** … whatever probes them. */
export const anyTraffic = anyOf('packets', 'tickMs', 'burst', 'pairs', 'bytes', 'windowBytes');
