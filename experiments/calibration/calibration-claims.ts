import { anyValue } from '../any-value.ts';
import type { Claim } from '../experiment.ts';
import { anyNetwork, anyTraffic, type ClockTolerance, source, virtual, wall } from './clocks.ts';
import { jitterClaims } from './jitter-claims.ts';
import { delayMeasure, latencies, type Path, paths, symbolOf } from './paths.ts';
import { bulkTimeMs } from './theory.ts';

const ownDelay =
  ({ clock, delayMs, meetings, delayReason, probes, hints }: ClockTolerance) =>
  (path: Path): Claim => ({
    ...hints,
    kind: 'value',
    id: `calibration-${delayMeasure(path)}-${clock}`,
    source,
    statement: `Every cell’s mean delay from ${path.from} to ${path.to} is the path’s own`,
    measure: delayMeasure(path),
    where: {
      ...anyNetwork,
      ...anyTraffic,
      ...(path.always ? {} : { pairs: 3 }),
      ...probes,
      jitterMs: 0,
      clock,
    },
    expected: (p) => p[path.own]!,
    formula: symbolOf(path),
    tolerance: (p) => delayMs + meetings(p),
    toleranceReason: delayReason,
    unit: 'ms',
  });

const independent = (path: Path): Claim => ({
  kind: 'regression',
  id: `calibration-independent-${path.from}-${path.to}`,
  source,
  statement: `The delay from ${path.from} to ${path.to} follows its own latency and no other`,
  measure: delayMeasure(path),
  where: { ...anyNetwork, ...anyTraffic, jitterMs: 0, pairs: 3, clock: 'virtual' },
  terms: latencies.map(({ parameter, symbol }) => ({
    parameter,
    symbol,
    expected: parameter === path.own ? 1 : 0,
    tolerance: 0.001,
  })),
  intercept: { unit: 'ms', explanation: 'what the router itself takes' },
  toleranceReason: 'a read of the clock, 256 ns, over the tens of ms by which latencies differ',
});

const rates = ({ clock, ratePct, rateReason, rates: where, hints }: ClockTolerance): readonly Claim[] =>
  ['node1', 'node2'].map((node) => ({
    ...hints,
    kind: 'value',
    id: `calibration-rate-${node}-${clock}`,
    source,
    statement: `A full shaper lets through what it is set to, from ${node}, within ${ratePct} %`,
    measure: `rate-${node}`,
    where: { ...anyNetwork, ...anyTraffic, jitterMs: anyValue, ...where, clock },
    expected: (p) => p.rateKbit!,
    formula: 'rateKbit',
    tolerance: (p) => (ratePct / 100) * p.rateKbit!,
    toleranceReason: rateReason,
    unit: 'kbit/s',
  }));

/** From so many octets on slow start is over and the bulk is what counts. */
const megabyte = 1_000_000;

const bulk = ({ clock, bulkPct, bulkReason, rates: where, hints }: ClockTolerance): Claim => ({
  ...hints,
  kind: 'value',
  id: `calibration-bulk-${clock}`,
  source: 'docs/calibration.md; RFC 5681 §3.1, RFC 6928',
  statement: `A bulk transfer over TCP takes what slow start and the rate make of it, within ${bulkPct} %`,
  measure: 'bulk-time',
  where: {
    ...anyNetwork,
    rateKbit: { min: 1000 },
    bytes: { min: megabyte },
    lossPct: 0,
    jitterMs: 0,
    ...where,
    clock,
  },
  expected: bulkTimeMs,
  formula: '4·L_CS1 + wire octets / rate + idle time of slow start',
  tolerance: (p) => (bulkPct / 100) * bulkTimeMs(p),
  toleranceReason: bulkReason,
  unit: 'ms',
});

const loss = ({ path, words, where, flows }: (typeof lossyPaths)[number]): Claim => ({
  kind: 'proportion',
  id: `calibration-loss-${path}`,
  source,
  statement: `The loss ${words} lies in its binomial 99 % interval`,
  measure: `loss-${path}`,
  where: { ...anyNetwork, ...anyTraffic, lossPct: { min: 0.001 }, ...where },
  expectedPct: (p) => p.lossPct!,
  formula: 'lossPct',
  trials: (p) => flows * p.packets!,
  confidence: 0.99,
  toleranceReason:
    'the exact binomial interval that a sound network leaves once in 100 runs, all cells together',
});
const lossyPaths = [
  { path: 'client-node1', words: 'from client to node1', where: {}, flows: 1 },
  { path: 'node1-client', words: 'from node1 to client', where: {}, flows: 1 },
  { path: 'other-pairs', words: 'of the other pairs', where: { pairs: 3 }, flows: 4 },
] as const;

/** What the lab must show of itself. The claims of the two clocks are separate. */
export const claims: readonly Claim[] = [
  ...paths.map(ownDelay(virtual)),
  ...paths.map(independent),
  ...rates(virtual),
  ...lossyPaths.map(loss),
  ...jitterClaims(virtual),
  bulk(virtual),
  ...paths.map(ownDelay(wall)),
  ...rates(wall),
  ...jitterClaims(wall),
  bulk(wall),
];
