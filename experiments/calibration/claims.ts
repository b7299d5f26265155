import type { Claim, Parameters } from '../experiment.ts';
import { delayMeasure, latencies, type Path, paths, symbolOf } from './paths.ts';
import { bulkTimeMs, reorderedPct, uniformSdMs } from './theory.ts';

/**
 * What each clock may be off by. Virtual: a clock read costs 256 ns, so stamps lie on a grid that fine. Wall: timers fire
 * late, by what the machine's load makes of it. A late token bucket loses rate, the more the higher the rate: in real time
 * only the paper's shaped rates are claimed, and slow probes.
 */
const virtual = {
  clock: 'virtual',
  delayMs: 0.001,
  probes: {},
  ratePct: 0.5,
  bulkPct: 3,
  rates: {},
  hints: {},
} as const;
const wall = {
  clock: 'wall',
  delayMs: 1,
  probes: { burst: 1 },
  ratePct: 5,
  bulkPct: 10,
  rates: { rateKbit: { max: 2000 } },
  hints: {
    withoutEvidence: 'run with --clock wall',
    deviation: 'the machine may be too busy for measurements in real time: free it, and run with --jobs 1',
  },
} as const;
type ClockTolerance = typeof virtual | typeof wall;

const source = 'what is configured';
/** So many standard deviations of an estimate are let pass: one sound estimate in 15,000 lies beyond. */
const deviations = 4;

const ownDelay =
  ({ clock, delayMs, probes, hints }: ClockTolerance) =>
  (path: Path): Claim => ({
    ...hints,
    kind: 'value',
    id: `calibration-${delayMeasure(path)}-${clock}`,
    source,
    statement: `Every cell’s mean delay from ${path.from} to ${path.to} is the path’s own`,
    measure: delayMeasure(path),
    where: { ...(path.always ? {} : { pairs: 3 }), ...probes, clock },
    expected: (p) => p[path.own]!,
    formula: symbolOf(path),
    tolerance: (p) => delayMs + deviations * (uniformSdMs(p) / Math.sqrt(p.packets!)),
    unit: 'ms',
  });

const independent = (path: Path): Claim => ({
  kind: 'regression',
  id: `calibration-independent-${path.from}-${path.to}`,
  source,
  statement: `The delay from ${path.from} to ${path.to} follows its own latency and no other`,
  measure: delayMeasure(path),
  where: { jitterMs: 0, pairs: 3, clock: 'virtual' },
  terms: latencies.map(({ parameter, symbol }) => ({
    parameter,
    symbol,
    expected: parameter === path.own ? 1 : 0,
    tolerance: 0.001,
  })),
  intercept: { unit: 'ms', explanation: 'what the router itself takes' },
});

const rates = ({ clock, ratePct, rates: where, hints }: ClockTolerance): readonly Claim[] =>
  ['node1', 'node2'].map((node) => ({
    ...hints,
    kind: 'value',
    id: `calibration-rate-${node}-${clock}`,
    source,
    statement: `A full shaper lets through what it is set to, from ${node}, within ${ratePct} %`,
    measure: `rate-${node}`,
    where: { ...where, clock },
    expected: (p) => p.rateKbit!,
    formula: 'rateKbit',
    tolerance: (p) => (ratePct / 100) * p.rateKbit!,
    unit: 'kbit/s',
  }));

const bulk = ({ clock, bulkPct, rates: where, hints }: ClockTolerance): Claim => ({
  ...hints,
  kind: 'value',
  id: `calibration-bulk-${clock}`,
  source: 'docs/calibration.md; RFC 5681 §3.1, RFC 6928',
  statement: `A bulk transfer over TCP takes what slow start and the rate make of it, within ${bulkPct} %`,
  measure: 'bulk-time',
  where: { bytes: { min: 1 }, lossPct: 0, jitterMs: 0, ...where, clock },
  expected: bulkTimeMs,
  formula: '4·L_CS1 + wire octets / rate + idle time of slow start',
  tolerance: (p) => (bulkPct / 100) * bulkTimeMs(p),
  unit: 'ms',
});

const loss = ({ path, words, where, flows }: (typeof lossyPaths)[number]): Claim => ({
  kind: 'proportion',
  id: `calibration-loss-${path}`,
  source,
  statement: `The loss ${words} lies in its binomial 99 % interval`,
  measure: `loss-${path}`,
  where: { lossPct: { min: 0.001 }, ...where },
  expectedPct: (p) => p.lossPct!,
  formula: 'lossPct',
  trials: (p) => flows * p.packets!,
  confidence: 0.99,
});
const lossyPaths = [
  { path: 'client-node1', words: 'from client to node1', where: {}, flows: 1 },
  { path: 'node1-client', words: 'from node1 to client', where: {}, flows: 1 },
  { path: 'other-pairs', words: 'of the other pairs', where: { pairs: 3 }, flows: 4 },
] as const;

const jitterClaim = ({ clock, hints }: ClockTolerance, measure: string, statement: string) => ({
  ...hints,
  kind: 'value' as const,
  id: `calibration-${measure}-${clock}`,
  source,
  statement,
  measure,
  where: { jitterMs: { min: 0.001 }, clock },
});

/** From 2 · packets datagrams: the least and the largest delay lie within 10 mean gaps of the ends (else: once in 22,000). */
const endTolerance =
  ({ delayMs }: ClockTolerance) =>
  (p: Parameters) =>
    delayMs + (10 * p.jitterMs!) / p.packets!;

const least = (clock: ClockTolerance): Claim => ({
  ...jitterClaim(clock, 'delay-min', 'Jitter takes delays down to its lower end and no farther'),
  expected: (p) => p.cs1Ms! - p.jitterMs!,
  formula: 'L_CS1 − jitterMs',
  tolerance: endTolerance(clock),
  unit: 'ms',
});

const largest = (clock: ClockTolerance): Claim => ({
  ...jitterClaim(clock, 'delay-max', 'Jitter takes delays up to its upper end and no farther'),
  expected: (p) => p.cs1Ms! + p.jitterMs!,
  formula: 'L_CS1 + jitterMs',
  tolerance: endTolerance(clock),
  unit: 'ms',
});

const spread = (clock: ClockTolerance): Claim => ({
  ...jitterClaim(clock, 'delay-sd', 'The standard deviation of delays is that of the uniform distribution'),
  expected: uniformSdMs,
  formula: 'jitterMs / √3',
  // Var(s) ≈ σ² (κ − 1) / 4n with kurtosis κ = 1.8 and n = 2 · packets.
  tolerance: (p) => clock.delayMs + deviations * uniformSdMs(p) * Math.sqrt(0.8 / (8 * p.packets!)),
  unit: 'ms',
});

const reordering: Claim = {
  ...jitterClaim(
    virtual,
    'reordered',
    'Datagrams overtake each other as often as independent delays let them',
  ),
  expected: reorderedPct,
  formula: 'docs/calibration.md',
  tolerance: 2,
  unit: '%',
};

const noReordering: Claim = {
  kind: 'value',
  id: 'calibration-in-order',
  source,
  statement: 'Without jitter nothing is overtaken',
  measure: 'reordered',
  where: { jitterMs: 0 },
  expected: () => 0,
  formula: '0',
  tolerance: 0,
  unit: '%',
};

/** What the lab must show of itself. The claims of the two clocks are separate. */
export const claims: readonly Claim[] = [
  ...paths.map(ownDelay(virtual)),
  ...paths.map(independent),
  ...rates(virtual),
  ...lossyPaths.map(loss),
  least(virtual),
  largest(virtual),
  spread(virtual),
  reordering,
  noReordering,
  bulk(virtual),
  ...paths.map(ownDelay(wall)),
  ...rates(wall),
  least(wall),
  spread(wall),
  bulk(wall),
];
