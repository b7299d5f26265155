import type { Experiment, GridBlock, Parameters } from './experiment.ts';
import { conditions, fig10Claims, formula, shortest } from './fig10-claims.ts';
import { handoffParameters } from './handoff.ts';
import { handoffMeasures } from './handoff-measures.ts';
import { saidBy } from './said-by.ts';

const source = 'paper §6.3, Fig. 10';
const range = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
const latencies: readonly GridBlock[] = [
  { csMs: [0], ssMs: [0] },
  { csMs: [20], ssMs: [20] },
  { csMs: [40], ssMs: [20, 80] },
];
const everyLatency = (block: GridBlock): readonly GridBlock[] =>
  latencies.map((latency) => ({ ...block, ...latency }));
const rates = [1000, 1500, 2000];

/** Where the state of 82 kB has just left the socket, for one pair of latencies. */
const nearTheMinimum: readonly GridBlock[] = [
  { rateKbit: [1000], waitMs: [625, 650, 675, 725], csMs: [40], ssMs: [20] },
  { rateKbit: [1500], waitMs: [425, 450, 475, 525], csMs: [40], ssMs: [20] },
  { rateKbit: [2000], waitMs: [325, 350, 375], csMs: [40], ssMs: [20] },
];
const seriesLabel = (p: Parameters) => `L_CS = ${p.csMs} ms, L_SS = ${p.ssMs} ms`;

const fig10: Experiment = {
  id: 'fig10',
  title: 'How long to wait before the handoff',
  source,
  question: 'How does the handoff gap change with the donor’s waiting time between last send() and handoff?',
  topology: 'fig9',
  parameters: handoffParameters,
  profiles: {
    smoke: {
      grid: [{ rateKbit: [2000], csMs: [40], ssMs: [20], waitMs: [0, 200, 350, 375, 400, 1000] }],
      repetitions: 1,
    },
    quick: {
      grid: [...everyLatency({ rateKbit: rates, waitMs: range(0, 1000, 100) }), ...nearTheMinimum],
      repetitions: 5,
    },
    paper: { grid: everyLatency({ rateKbit: rates, waitMs: range(0, 1000, 25) }), repetitions: 100 },
  },
  variants: ['baseline'],
  procedure: 'download-handoff',
  measures: handoffMeasures,
  claims: saidBy('paper', '§6.3', fig10Claims),
  plots: [
    {
      id: 'fig10',
      title: 'Handoff gap over the donor’s waiting time',
      measure: 'handoff-gap',
      x: { parameter: 'waitMs', title: 'waiting time after the last send() (ms)' },
      y: { title: 'handoff gap (ms)' },
      series: 'csMs',
      seriesLabel,
      facet: { parameter: 'rateKbit', title: 'upstream rate (kbit/s)' },
      inset: { within: 100, title: 'around the minimum' },
      where: conditions,
      reference: [
        { csMs: 0, ssMs: 0 },
        { csMs: 20, ssMs: 20 },
        { csMs: 40, ssMs: 20 },
        { csMs: 40, ssMs: 80 },
      ].map((p) => ({ series: seriesLabel(p), label: `least gap, ${formula}`, expected: shortest })),
    },
    {
      id: 'fig10-state',
      title: 'State in the socket over the waiting time (L_CS = 40 ms, L_SS = 20 ms)',
      measure: 'state-bytes',
      x: { parameter: 'waitMs', title: 'waiting time after the last send() (ms)' },
      y: { title: 'state that Init carries (octets)' },
      series: 'rateKbit',
      seriesLabel: (p) => `${p.rateKbit! / 1000} Mbit/s`,
      where: { ...conditions, csMs: 40, ssMs: 20 },
    },
  ],
};

export default fig10;
