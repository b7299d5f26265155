import type { Claim, ValueClaim } from './claim.ts';
import { localClocks } from './experiment.ts';
import {
  fullSocket,
  localOnly,
  paperFits,
  paperLocalMs,
  rates,
  source,
  table,
  table1,
  totals,
} from './table1-paper.ts';

/** The kernel leaves 71.2 or 79.6 kB in a socket, and nothing between, whatever the send buffer: see docs/parameters.md. */
const stateShare = 0.05;
const stateReason =
  'half of the step in which the state of a socket can be chosen: 71.2 or 79.6 kB, and the paper’s times make 80.9 with headers';
/** ms; a local row's own columns differ by as much. */
const localMs = 0.1;
const localReason = 'what the columns of a local phase differ by in the paper’s own table';

interface Cell {
  readonly id: string;
  readonly measure: string;
  readonly label: string;
  readonly column: number;
  readonly paper: number;
}

const cellClaim = ({ id, measure, label, column, paper }: Cell, rest: Partial<ValueClaim>): ValueClaim => ({
  kind: 'value',
  id,
  source,
  statement: `${label} takes ${paper} ms at ${rates[column]} kbit/s`,
  measure,
  where: { ...table, rateKbit: rates[column]!, variant: 'baseline', clock: 'virtual' },
  expected: () => paper,
  formula: `${paper} ms`,
  given: fullSocket,
  tolerance: localMs,
  unit: 'ms',
  ...rest,
});

/** State transfer: decided by the network. The send buffer is chosen for the four columns together. */
const stateCell = (cell: Cell): ValueClaim =>
  cellClaim(cell, {
    tolerance: stateShare * cell.paper,
    toleranceReason: stateReason,
  });

const local = (column: number): Partial<ValueClaim> => ({
  statistic: 'least',
  where: { ...table, rateKbit: rates[column]!, variant: 'baseline', clock: localClocks },
  withoutEvidence: localOnly,
});

/** A phase that processors decide: by the letter it takes what a Pentium III took. */
const localCell = (phase: number, cell: Cell): ValueClaim =>
  cellClaim(cell, {
    ...local(cell.column),
    toleranceReason: localReason,
    refinedBy: [`table1-phase-${phase}-independent`, `table1-phase-${phase}-no-longer`],
  });

/** Phases 1 and 4: processors at 100 Mbit/s, at DSL rates what waits at the shaper. */
const mixedCell = (phase: 1 | 4, cell: Cell): ValueClaim => {
  const { residualMs } = phase === 1 ? paperFits.extraction : paperFits.returnRoutability;
  if (cell.column === 0) {
    return cellClaim(cell, {
      ...local(0),
      toleranceReason: localReason,
      refinedBy: [`table1-phase-${phase}-no-longer`],
    });
  }
  return cellClaim(cell, {
    ...local(cell.column),
    tolerance: residualMs,
    toleranceReason: 'the largest distance of a cell of the paper’s row from its own least-squares line',
    refinedBy: [phase === 1 ? 'table1-phase-1-frame' : 'table1-phase-4-messages'],
  });
};

const columnsOf = (phase: number): readonly Cell[] => {
  const { label, paper } = table1[phase - 1]!;
  return paper.map((value, column) => ({
    id: `table1-${phase}-at-${rates[column]}`,
    measure: `phase-${phase}`,
    label,
    column,
    paper: value,
  }));
};

/** The 28 cells of the table. */
export const cells: readonly Claim[] = [
  ...columnsOf(1).map((cell) => mixedCell(1, cell)),
  ...columnsOf(2).map(stateCell),
  ...columnsOf(3).map((cell) => localCell(3, cell)),
  ...columnsOf(4).map((cell) => mixedCell(4, cell)),
  ...[5, 6, 7].flatMap((phase) => columnsOf(phase).map((cell) => localCell(phase, cell))),
];

const totalOf = (column: number): Cell => ({
  id: `table1-total-at-${rates[column]}`,
  measure: 'handoff-total',
  label: 'The whole handoff',
  column,
  paper: totals[column]!,
});

/** Of the paper's rows 1 and 4, whose cells lie off their lines by as much. */
const restMs = paperFits.extraction.residualMs + paperFits.returnRoutability.residualMs;
const restReason =
  'the largest distances of cells of the paper’s rows 1 and 4 from their own lines, together';

/** At a slow link: the total, which is mostly state transfer, and what is beside that. */
const slowTotals = [1, 2, 3].flatMap((column): readonly Claim[] => {
  const cell = totalOf(column);
  const rate = rates[column];
  const rest = Number((totals[column]! - table1[1]!.paper[column]!).toFixed(1));
  const beside: Cell = {
    ...cell,
    id: `table1-rest-at-${rate}`,
    measure: 'handoff-rest',
    label: 'All but state transfer',
    paper: rest,
  };
  const judgedBy = { tolerance: restMs, toleranceReason: restReason };
  return [
    cellClaim(cell, { tolerance: stateShare * table1[1]!.paper[column]!, toleranceReason: stateReason }),
    cellClaim(beside, { ...judgedBy, refinedBy: [`table1-rest-network-at-${rate}`] }),
    {
      ...cellClaim(beside, judgedBy),
      id: `table1-rest-network-at-${rate}`,
      about: 'ours',
      statement: `All but state transfer takes at ${rate} kbit/s what is left of the paper’s without its processors’ part`,
      expected: () => rest - paperLocalMs,
      formula: `${rest} − ${paperLocalMs} ms`,
    },
  ];
});

/** … and its last line. */
export const totalCells: readonly Claim[] = [
  cellClaim(totalOf(0), {
    ...local(0),
    toleranceReason: localReason,
    refinedBy: ['table1-total-no-longer'],
  }),
  ...slowTotals,
];
