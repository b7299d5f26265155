import { anyValue } from './any-value.ts';
import type { Experiment, GridBlock, Parameters } from './experiment.ts';
import { handoffMeasures, handoffParameters } from './handoff.ts';
import { saidBy } from './said-by.ts';

const source = 'paper §6.3, Fig. 10';
const shortest = (p: Parameters) => 6 * p.csMs! + 3 * p.ssMs!;
const formula = '6·L_CS + 3·L_SS';
const conditions = { lossPct: 0, jitterMs: 0, variant: 'baseline' };
/** What the paper varied, and how far. */
const paperGrid = {
  rateKbit: { min: 1000, max: 2000 },
  csMs: { max: 80 },
  ssMs: { max: 80 },
  waitMs: anyValue,
};
/** An empty socket’s state has 128 octets; the least that can be left in it is the last segment of 500 kB, 200 octets more. */
const emptyState = 300;

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
  claims: saidBy('paper', '§6.3', [
    {
      kind: 'valley',
      id: 'fig10-shape',
      source,
      statement: 'Waiting shortens the gap until the socket is empty; from there on it lengthens the gap',
      measure: 'handoff-gap',
      where: { ...conditions, ...paperGrid },
      over: 'waitMs',
      by: ['rateKbit', 'csMs', 'ssMs'],
      unit: 'ms',
      rise: { expected: 1, tolerance: 0.01 },
      begins: { measure: 'state-bytes', atMost: emptyState, words: 'the socket is empty' },
      least: { expected: shortest, formula },
      deviation:
        'octets on their way count as state until their acknowledgement is back; to send a few of them twice takes less time than that, so the least gap can lie up to a round trip before the socket is empty, and below the formula',
    },
    {
      kind: 'regression',
      id: 'fig10-least',
      source,
      statement: `With the socket frozen the instant it is empty the gap is ${formula}; each millisecond later adds one`,
      measure: 'handoff-gap',
      // Without latency the shaper's time for the messages themselves, 1 to 3 ms, is all that there is.
      where: { ...conditions, ...paperGrid, csMs: { min: 1, max: 80 }, clock: 'virtual' },
      given: { 'state-bytes': { max: emptyState } },
      terms: [
        {
          parameter: 'afterEmpty',
          value: (_, measures) => measures['after-empty']!,
          symbol: 'time since the socket is empty',
          expected: 1,
          tolerance: 0.01,
        },
        { parameter: 'csMs', symbol: 'L_CS', expected: 6, tolerance: 0.05 },
        { parameter: 'ssMs', symbol: 'L_SS', expected: 3, tolerance: 0.05 },
      ],
      intercept: {
        unit: 'ms',
        expected: 0,
        tolerance: 1,
        explanation: 'the processes’ own steps, where only readings of the clock take virtual time',
      },
    },
    {
      kind: 'bound',
      id: 'fig10-empty-state',
      source,
      statement: 'An empty socket’s state is one packet (90 octets in the paper)',
      measure: 'state-bytes',
      where: { ...conditions, ...paperGrid },
      given: { 'after-empty': { min: 25 }, 'state-bytes': { max: emptyState } },
      range: { max: 1400 },
      unit: 'octets',
    },
  ]),
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
