import type { Claim, Parameters } from '../experiment.ts';
import { anyNetwork, anyTraffic, type ClockTolerance, source, virtual } from './clocks.ts';
import { reorderedPct, uniformSdMs } from './theory.ts';

/** So many standard deviations of an estimate are let pass: one sound estimate in 15,000 lies beyond. */
const deviations = 4;

/** Uniform delays and what follows from them. In real time late timers add to the largest delays: these are not claimed there. */
export function jitterClaims(clock: ClockTolerance): readonly Claim[] {
  if (clock.clock === 'wall') return [least(clock), spread(clock)];
  return [least(clock), largest(clock), middle, spread(clock), reordering, noReordering];
}

const jitterClaim = ({ clock, hints }: ClockTolerance, measure: string, statement: string) => ({
  ...hints,
  kind: 'value' as const,
  id: `calibration-${measure}-${clock}`,
  source,
  statement,
  measure,
  where: { ...anyNetwork, ...anyTraffic, jitterMs: { min: 0.001 }, clock },
  toleranceReason:
    'four standard deviations of an estimate, or ten mean gaps at an end: a sound network leaves them once in 15,000',
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

const middle: Claim = {
  ...jitterClaim(virtual, 'delay-client-node1', 'Jitter leaves the mean delay alone'),
  id: 'calibration-delay-mean-virtual',
  expected: (p) => p.cs1Ms!,
  formula: 'L_CS1',
  tolerance: (p) => virtual.delayMs + (deviations * uniformSdMs(p)) / Math.sqrt(p.packets!),
  unit: 'ms',
};

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
  toleranceReason: 'percentage points: four standard deviations of the share at 5000 datagrams',
  unit: '%',
};

const noReordering: Claim = {
  kind: 'value',
  id: 'calibration-in-order',
  source,
  statement: 'Without jitter nothing is overtaken',
  measure: 'reordered',
  where: { ...anyNetwork, ...anyTraffic, jitterMs: 0 },
  expected: () => 0,
  formula: '0',
  tolerance: 0,
  toleranceReason: 'none: a delay line keeps the order',
  unit: '%',
};
