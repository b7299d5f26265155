import type { Claim } from '../experiment.ts';
import { directReturn, optimized, varied, viaContact, viaFrontEnd, virtual } from './formulas.ts';

/** A packet on another path changes a slope by 1 at least. */
const latencyTerm = (parameter: string, symbol: string, expected: number) => ({
  parameter,
  symbol,
  expected,
  tolerance: 0.05,
});

interface Way {
  readonly id: string;
  readonly where: Readonly<Record<string, number>>;
  readonly words: string;
  readonly slopes: readonly [number, number, number];
  readonly formula: string;
}

const ways: readonly Way[] = [
  {
    id: 'contact-node',
    where: viaContact,
    words: 'By way of the contact node a request and its answer pass it both times',
    slopes: [2, 0, 2],
    formula: '2·L_CS1 + 2·L_SS',
  },
  {
    id: 'front-end',
    where: viaFrontEnd,
    words: 'A classic front end takes as long as the contact node',
    slopes: [2, 0, 2],
    formula: '2·L_CS1 + 2·L_SS',
  },
  {
    id: 'direct-return',
    where: directReturn,
    words: 'With direct server return only the request pays for the front end',
    slopes: [1, 1, 1],
    formula: 'L_CS1 + L_SS + L_CS2',
  },
  {
    id: 'route-optimized',
    where: optimized,
    words: 'After route optimisation the contact node plays no part',
    slopes: [0, 2, 0],
    formula: '2·L_CS2',
  },
];

function claimsOf({ id, where, words, slopes, formula }: Way): readonly Claim[] {
  const [cs1, cs2, ss] = slopes;
  const shared = { source: 'paper §1, §7.2', measure: 'first-octet-latency' } as const;
  return [
    {
      kind: 'regression',
      id: `frontend-latency-${id}`,
      ...shared,
      statement: `${words}: ${formula}`,
      where: { ...varied, ...where, lossPct: 0 },
      terms: [
        latencyTerm('cs1Ms', 'L_CS1', cs1),
        latencyTerm('cs2Ms', 'L_CS2', cs2),
        latencyTerm('ssMs', 'L_SS', ss),
      ],
      intercept: {
        unit: 'ms',
        explanation: 'Ethernet and local processing; with free CPU time almost nothing',
      },
      toleranceReason: 'a packet on another path changes a slope by 1 at least',
    },
    {
      kind: 'value',
      id: `frontend-latency-${id}-cells`,
      ...shared,
      statement: `${words}, in each cell`,
      where: { ...varied, ...where, ...virtual },
      expected: (p) => cs1 * p.cs1Ms! + cs2 * p.cs2Ms! + ss * p.ssMs!,
      formula,
      tolerance: 1,
      toleranceReason:
        'a small packet at the lowest rate; the least latency that could be counted once too often is 10 ms',
      unit: 'ms',
    },
  ];
}

/** One regression over the three latencies and one formula for each way to the server. */
export const latencyClaims: readonly Claim[] = ways.flatMap(claimsOf);
