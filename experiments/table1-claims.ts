import type { Claim } from './claim.ts';
import type { Parameters } from './experiment.ts';
import { table as oneColumn, paperRates, wallOnly } from './table1-paper.ts';

/** Claims that compare the columns. */
const table = { ...oneColumn, rateKbit: paperRates };
const paperText = 'paper §6.2, the text after Table 1';
/** One-way latencies of the paper's evaluation. */
const farthest = { max: 80 };
/** The latency grid at one rate. */
const conditions = { rateKbit: 2000, waitMs: 0, lossPct: 0, jitterMs: 0, clock: 'virtual' };
const latencies = { ...conditions, csMs: farthest, ssMs: farthest };
/** Apart from each other, so that their shares can be told apart; Home Test’s way is the longer one up to 40 ms here. */
const separate = { ...conditions, cs1Ms: farthest, cs2Ms: farthest, ssMs: farthest };
const homeTestLonger = { ...separate, cs2Ms: { max: 40 } };
const trips = 0.05;
const remainder = { unit: 'ms', explanation: 'the phase without emulated latency' };

/** ms that the state takes at the rate, its headers left out. */
const stateTime = (p: Parameters, m: Parameters) => (8 * m['state-bytes']!) / p.rateKbit!;
/** ms that one kilobit takes at the rate. */
const perRate = (p: Parameters) => 1000 / p.rateKbit!;

const independent = (phase: number, label: string): Claim => ({
  kind: 'constant',
  id: `table1-phase-${phase}-constant`,
  source: paperText,
  statement: `${label} does not depend on the rate: the network adds nothing to it`,
  measure: `phase-${phase}`,
  where: { ...table, variant: 'baseline', clock: 'virtual' },
  over: 'rateKbit',
  // The paper's own cells differ by as much.
  tolerance: 0.1,
  unit: 'ms',
});

/** What the paper says of the phases in words. */
export const phaseClaims: readonly Claim[] = [
  {
    kind: 'regression',
    id: 'table1-phase-2-rate',
    source: paperText,
    statement: 'State transfer takes as long as the state needs at the link’s rate',
    measure: 'phase-2',
    where: { ...table, variant: 'baseline', clock: 'virtual' },
    terms: [
      // The headers of full-size segments add 6 %.
      {
        parameter: 'stateTime',
        value: stateTime,
        symbol: '8·state/rate',
        expected: 1,
        tolerance: 0.1,
      },
    ],
    intercept: {
      unit: 'ms',
      expected: 0,
      tolerance: 1,
      explanation: 'what does not depend on the rate',
    },
  },
  {
    kind: 'bound',
    id: 'table1-phase-2-share',
    source: paperText,
    statement: 'State transfer is about 95 % of the whole at 1 Mbit/s, or more where processors are faster',
    measure: 'phase-2',
    shareOf: 'handoff-total',
    where: { ...table, rateKbit: 1000, variant: 'baseline' },
    range: { min: 0.945 },
    unit: '',
  },
  {
    // Least squares over the four cells of the paper's own first row: 11.8, 6.9, 5.8 and 0.8 ms.
    kind: 'regression',
    id: 'table1-phase-1-shaping',
    source: paperText,
    statement: 'Extraction as the capture shows it grows by one full-size packet’s time at the shaper',
    measure: 'phase-1',
    where: { ...table, variant: 'baseline' },
    terms: [
      {
        parameter: 'perRate',
        value: perRate,
        symbol: 'ms per kbit',
        expected: 12,
        tolerance: 0.5,
      },
    ],
    intercept: { unit: 'ms', explanation: 'the extraction itself' },
  },
  {
    kind: 'bound',
    id: 'table1-extraction-call',
    source: paperText,
    statement:
      'The call itself that extracts the socket takes 0.8 ms at any rate: we expect the same order of magnitude',
    measure: 'extraction-call',
    where: { ...table, variant: 'baseline', clock: 'wall' },
    range: { min: 0.08, max: 8 },
    unit: 'ms',
    withoutEvidence: wallOnly,
  },
  {
    kind: 'bound',
    id: 'table1-two-views',
    about: 'lab',
    source: 'check of the lab: the same handoff in the capture and in the processes’ own words',
    statement: 'The phases 3 to 7 as the acceptor stamps them are those of the capture',
    measure: 'phase-disagreement',
    where: { ...table, csMs: farthest, ssMs: farthest, variant: 'baseline', clock: 'virtual' },
    range: { max: 1 },
    unit: 'ms',
  },
  {
    kind: 'monotone',
    id: 'table1-phase-4-shaping',
    source: paperText,
    statement: 'Return routability depends a little on the rate',
    measure: 'phase-4',
    where: { ...table, variant: 'baseline', clock: 'virtual' },
    over: 'rateKbit',
    direction: 'falls',
  },
  independent(3, 'Re-creating the socket'),
  independent(5, 'Constructing the Binding Update'),
  independent(6, 'The exchange of Binding Update and Acknowledgement'),
  independent(7, 'Activating the socket'),
  {
    kind: 'regression',
    id: 'table1-phase-2-latency',
    source: paperText,
    statement: 'State transfer grows by one trip between the members',
    measure: 'phase-2',
    where: { ...latencies, variant: 'baseline' },
    terms: [
      { parameter: 'ssMs', symbol: 'L_SS', expected: 1, tolerance: trips },
      { parameter: 'csMs', symbol: 'L_CS', expected: 0, tolerance: trips },
    ],
    intercept: remainder,
  },
  {
    kind: 'regression',
    id: 'table1-phase-4-latency',
    source: paperText,
    statement: 'Return routability grows by two trips between the members and two to the first one’s client',
    measure: 'phase-4',
    where: { ...homeTestLonger, variant: 'baseline' },
    terms: [
      { parameter: 'ssMs', symbol: 'L_SS', expected: 2, tolerance: trips },
      { parameter: 'cs1Ms', symbol: 'L_CS1', expected: 2, tolerance: trips },
      { parameter: 'cs2Ms', symbol: 'L_CS2', expected: 0, tolerance: trips },
    ],
    intercept: remainder,
  },
  {
    kind: 'value',
    id: 'table1-phase-4-longer-way',
    about: 'ours',
    source: 'RFC 6275 §5.2: both tests run beside each other',
    statement: 'Return routability ends with the slower of its two tests',
    measure: 'phase-4',
    where: { ...separate, variant: 'baseline' },
    expected: (p) => Math.max(2 * p.ssMs! + 2 * p.cs1Ms!, 2 * p.cs2Ms!),
    formula: 'max(2·L_SS + 2·L_CS1, 2·L_CS2)',
    tolerance: 1,
    unit: 'ms',
  },
  {
    kind: 'regression',
    id: 'table1-phase-6-latency',
    source: paperText,
    statement: 'The binding exchange grows by two trips between the client and the second member',
    measure: 'phase-6',
    where: { ...separate, variant: 'baseline' },
    terms: [
      { parameter: 'cs2Ms', symbol: 'L_CS2', expected: 2, tolerance: trips },
      { parameter: 'cs1Ms', symbol: 'L_CS1', expected: 0, tolerance: trips },
      { parameter: 'ssMs', symbol: 'L_SS', expected: 0, tolerance: trips },
    ],
    intercept: remainder,
  },
];
