import type { Claim, Experiment, Parameters } from './experiment.ts';
import { handoffMeasures, handoffParameters } from './handoff.ts';
import { rates, table1, totals } from './table1-paper.ts';

const source = 'paper §6.2, Table 1';
const paperText = 'paper §6.2, the text after Table 1';
/** Table 1 has no emulated latency. */
const table = { csMs: 0, ssMs: 0, waitMs: 0, lossPct: 0, jitterMs: 0 };
/** The latency grid at one rate. */
const latencies = { rateKbit: 2000, waitMs: 0, lossPct: 0, jitterMs: 0, clock: 'virtual' };
/** Apart from each other, so that their shares can be told apart; Home Test’s way is the longer one up to 40 ms here. */
const separate = { ...latencies, cs1Ms: { min: 0 }, cs2Ms: { min: 0 } };
const homeTestLonger = { ...separate, cs2Ms: { max: 40 } };
const separateGrid = [
  { rateKbit: [2000], cs1Ms: [20, 60], cs2Ms: [20], ssMs: [20] },
  { rateKbit: [2000], cs1Ms: [20], cs2Ms: [20, 40], ssMs: [60] },
  { rateKbit: [2000], cs1Ms: [20], cs2Ms: [80], ssMs: [20] },
];
const trips = 0.05;
const remainder = { unit: 'ms', explanation: 'the phase without emulated latency' };
const wallOnly = 'a cost of processors, which are free in virtual time: measured with --clock wall';

/** ms that the state takes at the rate, its headers left out. */
const stateTime = (p: Parameters, m: Parameters) => (8 * m['state-bytes']!) / p.rateKbit!;
/** ms that one kilobit takes at the rate. */
const perRate = (p: Parameters) => 1000 / p.rateKbit!;

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
    'the state’s size is our sockets’, see state-bytes: 85 kB, at 100 Mbit/s 74 to 117 kB, and headers; 319.1 ms at 2 Mbit/s are 80 kB, the paper’s text says 90 kB',
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

const cells: readonly Claim[] = table1.flatMap(({ phase, label, paper }) =>
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
const totalCells: readonly Claim[] = totals.map((value, column) =>
  (column === 0 ? localCell : networkCell)(
    `table1-total-at-${rates[column]}`,
    'handoff-total',
    'the whole handoff',
    column,
    value,
  ),
);

const independent = (phase: number, label: string, deviation?: string): Claim => ({
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
  ...(deviation === undefined ? {} : { deviation }),
});

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
  measures: handoffMeasures,
  claims: [
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
    independent(
      7,
      'Activating the socket',
      'the first full-size packet waits at the shaper until the octets of HoTI, CoTI and BU before it are paid for; with the paper’s processors they were by then',
    ),
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
      deviation:
        'where the channel between the members has not been used yet, its congestion window stops the transfer once or twice for want of acknowledgements (L_SS from 40 ms on)',
    },
    {
      kind: 'regression',
      id: 'table1-phase-4-latency',
      source: paperText,
      statement:
        'Return routability grows by two trips between the members and two to the first one’s client',
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
    ...cells,
    ...totalCells,
  ],
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
          label: `${phase} ${label}`,
          paper,
        })),
        { measure: 'handoff-total', label: 'Total', paper: totals },
      ],
      unit: 'ms',
      where: { ...table, variant: 'baseline' },
      note: 'Phases 3 to 7 of the paper hold the work of Pentium III processors; in virtual time that work takes no time.',
    },
  ],
};

export default experiment;
