import type { Experiment, Parameters } from './experiment.ts';
import { handoffParameters } from './handoff.ts';
import { handoffMeasures, processMeasures } from './handoff-measures.ts';
import { saidBy } from './said-by.ts';
import { cells, totalCells } from './table1-cells.ts';
import { phaseClaims } from './table1-claims.ts';
import { rates, source, table, table1, totals } from './table1-paper.ts';

/** Latencies apart from each other, so that their shares can be told apart. */
const separateGrid = [
  { rateKbit: [2000], cs1Ms: [20, 60], cs2Ms: [20], ssMs: [20] },
  { rateKbit: [2000], cs1Ms: [20], cs2Ms: [20, 40], ssMs: [60] },
  { rateKbit: [2000], cs1Ms: [20], cs2Ms: [80], ssMs: [20] },
];

const bars = table1.map(({ phase, label, paper }) => ({
  measure: `phase-${phase}`,
  label: `${phase} ${label}`,
  colour: phase - 1,
  paper: (p: Parameters) => paper[rates.indexOf(p.rateKbit!)],
}));

const experiment: Experiment = {
  id: 'table1',
  title: 'Where the time of a handoff goes',
  source,
  question:
    'Which of a handoff’s seven phases take the time when the donor freezes the socket right after its last send()?',
  topology: 'fig9',
  parameters: handoffParameters,
  profiles: {
    smoke: { grid: [{ rateKbit: rates, csMs: [0], ssMs: [0] }], repetitions: 1 },
    quick: {
      grid: [
        { rateKbit: rates, csMs: [0], ssMs: [0] },
        { rateKbit: [2000], csMs: [20, 40], ssMs: [20, 40] },
        ...separateGrid,
      ],
      repetitions: 5,
    },
    paper: {
      grid: [
        { rateKbit: rates, csMs: [0], ssMs: [0] },
        { rateKbit: rates, csMs: [10, 20, 40], ssMs: [10, 20, 40, 80] },
        ...separateGrid,
      ],
      repetitions: 100,
    },
  },
  variants: ['baseline'],
  procedure: 'download-handoff',
  measures: [...handoffMeasures, ...processMeasures],
  claims: saidBy('paper', '§6.2', [...phaseClaims, ...cells, ...totalCells]),
  plots: [
    {
      id: 'table1',
      title: 'A handoff’s seven phases, without emulated latency',
      kind: 'stacked-bars',
      measure: 'phase-2',
      x: { parameter: 'rateKbit', title: 'upstream rate (kbit/s)' },
      y: { title: 'time (ms)' },
      series: 'variant',
      where: { ...table, variant: 'baseline' },
      stack: bars,
    },
    {
      id: 'table1-others',
      title: 'The six phases beside state transfer, without emulated latency',
      kind: 'stacked-bars',
      measure: 'phase-1',
      x: { parameter: 'rateKbit', title: 'upstream rate (kbit/s)' },
      y: { title: 'time (ms)' },
      series: 'variant',
      where: { ...table, variant: 'baseline' },
      stack: bars.filter((bar) => bar.measure !== 'phase-2'),
    },
  ],
  tables: [
    {
      id: 'table1',
      title: 'Handoff time decomposition without emulated latency beside the paper’s',
      columns: { parameter: 'rateKbit', values: rates, title: 'upstream rate (kbit/s)' },
      rows: [
        ...table1.map(({ phase, label, paper }) => ({
          measure: `phase-${phase}`,
          beside: `process-phase-${phase}`,
          label: `${phase} ${label}`,
          paper,
        })),
        { measure: 'handoff-total', label: 'Total', paper: totals },
      ],
      unit: 'ms',
      where: { ...table, variant: 'baseline' },
      beside: 'processes',
      note: 'The capture’s phases, and as the members’ processes stamp them: for the donor, state transfer begins when it hands Init to the shaper’s queue, so that the wait there moves from phase 1 to 2. Phases 3 to 7 of the paper hold the work of Pentium III processors; in virtual time that work takes no time.',
    },
  ],
};

export default experiment;
