import { anyOf, anyValue } from './any-value.ts';
import { type Claim, localClocks, type Parameters } from './experiment.ts';

/** The paper's conditions: with others its formulae are not claimed. */
export const testbed = { rateKbit: 100_000, lossPct: 0, jitterMs: 0 };
const claimed = { ...testbed, ...anyOf('cs1Ms', 'cs2Ms', 'ssMs') };
const configuration1 = { ...claimed, contactNode: 1, routeOptimization: 0 };
const configuration2 = { ...claimed, contactNode: 2, routeOptimization: 0 };
const optimized = { ...claimed, contactNode: anyValue, routeOptimization: 1 };

const toContact = (p: Parameters): number => (p.contactNode === 1 ? p.cs1Ms! : p.cs2Ms!);
const toOther = (p: Parameters): number => (p.contactNode === 1 ? p.cs2Ms! : p.cs1Ms!);

/** A slope counts one-way trips, so a packet that takes another path changes it by 1 at least. */
const slope = (expected: number) => ({ expected, tolerance: 0.05 });
const slopeReason =
  'slopes count one-way trips, of which one more or less changes them by 1; 4 ms of local work that changed from end to end of the axis bend one by 0.05';
/** Where CPU time is free, only serialisation and shaping remain; the smallest latency that could be counted twice is 10 ms. */
const remainderMs = 1;
const cellReason =
  'processors are free and a datagram takes 0.02 ms at 100 Mbit/s; the smallest latency is 10 ms';
const remainder = (symbol: string) => ({
  unit: 'ms',
  explanation: `${symbol}, Ethernet and local processing: judged by access-${symbol.toLowerCase()}`,
});
const paperX = 2.13;
const paperY = 3.61;
const local = {
  measure: 'round-trip-remainder',
  statistic: 'least',
  withoutEvidence:
    'a cost of processors, which are free in virtual time: measured with --clock elastic, or wall',
} as const;

/** X and Y: by the letter what Pentium III machines took. */
const localClaims = (
  [
    ['x', configuration1, paperX, 'beside the home agent'],
    ['y', configuration2, paperY, 'elsewhere'],
  ] as const
).flatMap(([id, where, paper, place]): readonly Claim[] => [
  {
    ...local,
    kind: 'value',
    id: `access-${id}`,
    source: 'paper §6.1',
    statement: `With a contact node ${place} ${id.toUpperCase()} is ${paper} ms on average`,
    where: { ...where, clock: localClocks },
    expected: () => paper,
    formula: `${paper} ms`,
    tolerance: 0.1,
    toleranceReason:
      'of a mean of 100 with two decimals; columns of local phases in Table 1 differ by as much',
    unit: 'ms',
    refinedBy: [`access-${id}-small`, 'access-y-more'],
  },
  {
    ...local,
    kind: 'bound',
    id: `access-${id}-small`,
    about: 'ours',
    source: 'paper §6.1: “small additional delays”',
    statement: `${id.toUpperCase()} is no more than on the paper’s machines, in each cell`,
    where: { ...where, clock: localClocks },
    range: { max: paper },
    unit: 'ms',
    toleranceReason: 'none: the paper’s figure is the bound',
  },
]);

/** What §6.1 says, and what follows for optimised routes. */
export const accessClaims: readonly Claim[] = [
  {
    kind: 'regression',
    id: 'access-1',
    source: 'paper §6.1',
    statement: 'Through the home agent to a contact node beside it the round trip takes 2·L_CS1 + X',
    measure: 'round-trip-time',
    where: configuration1,
    terms: [
      { parameter: 'cs1Ms', symbol: 'L_CS1', ...slope(2) },
      // the formula does not name it: the latency between the members plays no part
      { parameter: 'ssMs', symbol: 'L_SS', ...slope(0) },
    ],
    intercept: remainder('X'),
    toleranceReason: slopeReason,
  },
  {
    kind: 'regression',
    id: 'access-2',
    source: 'paper §6.1',
    statement: 'Through the home agent to a contact node elsewhere it takes 2·L_CS1 + 2·L_SS + Y',
    measure: 'round-trip-time',
    where: configuration2,
    terms: [
      { parameter: 'cs1Ms', symbol: 'L_CS1', ...slope(2) },
      { parameter: 'ssMs', symbol: 'L_SS', ...slope(2) },
    ],
    intercept: remainder('Y'),
    toleranceReason: slopeReason,
  },
  {
    kind: 'value',
    id: 'access-1-cells',
    source: 'paper §6.1',
    statement: 'Each cell of configuration 1 is the sum of its trips',
    measure: 'round-trip-time',
    where: { ...configuration1, clock: 'virtual' },
    expected: (p) => 2 * p.cs1Ms!,
    formula: '2·L_CS1',
    tolerance: remainderMs,
    toleranceReason: cellReason,
    unit: 'ms',
  },
  {
    kind: 'value',
    id: 'access-2-cells',
    source: 'paper §6.1',
    statement: 'Each cell of configuration 2 is the sum of its trips',
    measure: 'round-trip-time',
    where: { ...configuration2, clock: 'virtual' },
    expected: (p) => 2 * p.cs1Ms! + 2 * p.ssMs!,
    formula: '2·L_CS1 + 2·L_SS',
    tolerance: remainderMs,
    toleranceReason: cellReason,
    unit: 'ms',
  },
  {
    kind: 'regression',
    id: 'access-optimized',
    about: 'ours',
    source: 'beyond the paper (§6.1 leaves it out); RFC 6275 §11.3.1',
    statement:
      'After route optimisation the round trip is the direct path’s, whichever member is the contact',
    measure: 'round-trip-time',
    where: optimized,
    terms: [
      { parameter: 'toContactMs', value: toContact, symbol: 'L_CS to the contact node', ...slope(2) },
      { parameter: 'toOtherMs', value: toOther, symbol: 'L_CS to the other member', ...slope(0) },
      { parameter: 'ssMs', symbol: 'L_SS', ...slope(0) },
    ],
    intercept: {
      unit: 'ms',
      explanation: 'Ethernet and local processing; the paper measured nothing here',
    },
    toleranceReason: slopeReason,
  },
  {
    kind: 'value',
    id: 'access-optimized-cells',
    about: 'ours',
    source: 'beyond the paper (§6.1 leaves it out); RFC 6275 §11.3.1',
    statement: 'After route optimisation each cell is twice the direct path',
    measure: 'round-trip-time',
    where: { ...optimized, clock: 'virtual' },
    expected: (p) => 2 * toContact(p),
    formula: '2·L_CS to the contact node',
    tolerance: remainderMs,
    toleranceReason: cellReason,
    unit: 'ms',
  },
  ...localClaims,
  {
    ...local,
    kind: 'monotone',
    id: 'access-y-more',
    source: 'paper §6.1',
    statement: 'Y is more than X: two more machines pass each datagram on, both ways',
    where: { ...claimed, routeOptimization: 0, clock: localClocks },
    over: 'contactNode',
    direction: 'rises',
    toleranceReason: 'none',
  },
];
