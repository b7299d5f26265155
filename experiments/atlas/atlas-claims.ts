import { anyOf, anyOrUnset } from '../any-value.ts';
import type { Claim } from '../claim.ts';
import type { Where } from '../experiment.ts';
import { formulae } from './formulae.ts';

/** All latencies, where the client is as far from both members and where it is not. */
const anyLatency: Where = { ...anyOf('csMs', 'ssMs'), cs1Ms: anyOrUnset, cs2Ms: anyOrUnset };

/** `drain+advance-rr` as a part of an id. */
export function idOf(variant: string): string {
  return variant.replaceAll(/[^a-z0-9]+/g, '-');
}

/** Each formula over triples of latencies, of which the greater part was drawn. */
export const atlasClaims: readonly Claim[] = formulae.map(
  ({ variant, gap, text, measure, tolerance, toleranceReason }) => ({
    kind: 'value',
    id: `atlas-${idOf(variant)}`,
    source: 'docs/atlas.md',
    statement: `The gap of ${variant} is the sum of its terms, wherever client and members are`,
    measure,
    where: { ...anyLatency, variant, clock: 'virtual' },
    expected: gap,
    formula: text,
    tolerance,
    toleranceReason,
    unit: 'ms',
  }),
);
