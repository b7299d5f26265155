import type { Claim } from './claim.ts';
import type { Where } from './experiment.ts';
import { fullSocket } from './table1-paper.ts';

export const paperText = 'paper §6.2, the text after Table 1';
/** One-way latencies of the paper's evaluation. */
export const farthest = { max: 80 };
/** The latency grid at one rate. */
const conditions = {
  rateKbit: 2000,
  waitMs: 0,
  lossPct: 0,
  jitterMs: 0,
  variant: 'baseline',
  clock: 'virtual',
};
/** Apart from each other, so that their shares can be told apart; Home Test’s way is the longer one up to 40 ms here. */
const separate = { ...conditions, cs1Ms: farthest, cs2Ms: farthest, ssMs: farthest };
const homeTestLonger = { ...separate, cs2Ms: { max: 40 } };

const symbols = { csMs: 'L_CS', cs1Ms: 'L_CS1', cs2Ms: 'L_CS2', ssMs: 'L_SS' } as const;
/** How many one-way trips of each latency a phase has. */
type Trips = Partial<Readonly<Record<keyof typeof symbols, number>>>;

/** A phase grows with each latency by as many trips as it has of it. */
function grows(phase: string, measure: string, statement: string, where: Where, trips: Trips): Claim {
  return {
    kind: 'regression',
    id: `table1-${phase}-latency`,
    source: paperText,
    statement,
    measure,
    given: fullSocket,
    where,
    terms: Object.entries(trips).map(([parameter, expected]) => ({
      parameter,
      symbol: symbols[parameter as keyof Trips],
      expected,
      tolerance: 0.05,
    })),
    intercept: { unit: 'ms', explanation: 'the phase without emulated latency' },
    toleranceReason:
      'slopes count one-way trips: a packet on another path changes one by 1; 1 ms from end to end of the 80 ms by 0.0125',
  };
}

/** By which latencies the phases and their total grow. */
export const latencyClaims: readonly Claim[] = [
  grows(
    'phase-2',
    'phase-2',
    'State transfer grows by one trip between the members',
    { ...conditions, csMs: farthest, ssMs: farthest },
    { ssMs: 1, csMs: 0 },
  ),
  grows(
    'phase-4',
    'phase-4',
    'Return routability grows by two trips between the members and two to the first one’s client',
    homeTestLonger,
    { ssMs: 2, cs1Ms: 2, cs2Ms: 0 },
  ),
  {
    kind: 'value',
    id: 'table1-phase-4-longer-way',
    about: 'ours',
    source: 'RFC 6275 §5.2: both tests run beside each other',
    statement: 'Return routability ends with the slower of its two tests',
    measure: 'phase-4',
    given: fullSocket,
    where: separate,
    expected: (p) => Math.max(2 * p.ssMs! + 2 * p.cs1Ms!, 2 * p.cs2Ms!),
    formula: 'max(2·L_SS + 2·L_CS1, 2·L_CS2)',
    // Init's last packets leave an empty bucket, through which both Inits of the tests go.
    tolerance: 3,
    toleranceReason:
      'the messages themselves at 2 Mbit/s, see table1-phase-4-messages; a trip is 20 ms at least',
    unit: 'ms',
  },
  grows(
    'phase-6',
    'phase-6',
    'The binding exchange grows by two trips between the client and the second member',
    separate,
    { cs2Ms: 2, cs1Ms: 0, ssMs: 0 },
  ),
  grows(
    'total',
    'handoff-total',
    'Beside these trips latencies add nothing to any phase: the results are similar',
    homeTestLonger,
    { ssMs: 3, cs1Ms: 2, cs2Ms: 2 },
  ),
];
