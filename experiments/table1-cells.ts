import type { Claim } from './claim.ts';
import { rates, source, table, table1, totals, wallOnly } from './table1-paper.ts';

/** A cell that the network decides is expected to within a tenth: the paper’s shaper (cbq) and buffers are not ours. */
const networkTolerance = 0.1;
/** A cell that processors decide is expected to be of the same order of magnitude: between a tenth and ten times. */
const magnitude = 10;

const networkCell = (id: string, measure: string, label: string, column: number, paper: number): Claim => ({
  kind: 'value',
  id,
  source,
  statement: `${label} takes ${paper} ms at ${rates[column]} kbit/s`,
  measure,
  where: { ...table, rateKbit: rates[column]!, variant: 'baseline', clock: 'virtual' },
  expected: () => paper,
  formula: `${paper} ms ± 10 %`,
  tolerance: networkTolerance * paper,
  unit: 'ms',
  deviation:
    'the time follows the size of the state, see state-bytes, which is that of our socket’s buffer; 319.1 ms at 2 Mbit/s are 80 kB, the paper’s text says 90 kB',
});

const localCell = (id: string, measure: string, label: string, column: number, paper: number): Claim => ({
  kind: 'bound',
  id,
  source,
  statement: `${label} takes ${paper} ms at ${rates[column]} kbit/s: we expect the same order of magnitude`,
  measure,
  where: { ...table, rateKbit: rates[column]!, variant: 'baseline', clock: 'wall' },
  range: { min: paper / magnitude, max: paper * magnitude },
  unit: 'ms',
  withoutEvidence: wallOnly,
  deviation:
    'the paper’s processors were Pentium III; wall time holds whatever else this machine does, and about 16 µs per system call in the lab kernel: give it rest and repetitions',
});

/** The 28 cells of the table. */
export const cells: readonly Claim[] = table1.flatMap(({ phase, label, paper }) =>
  paper.map((value, column) =>
    (phase === 2 ? networkCell : localCell)(
      `table1-${phase}-at-${rates[column]}`,
      `phase-${phase}`,
      label,
      column,
      value,
    ),
  ),
);

/** Where the link is slow the total is the network’s, less than 5 % apart; on 100 Mbit/s two thirds are local costs. */
export const totalCells: readonly Claim[] = totals.map((value, column) =>
  (column === 0 ? localCell : networkCell)(
    `table1-total-at-${rates[column]}`,
    'handoff-total',
    'The whole handoff',
    column,
    value,
  ),
);
