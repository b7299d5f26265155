import type { Experiment } from './experiment.ts';
import {
  advanced,
  advancedFormula,
  drained,
  drainedFormula,
  fig12Claims,
  paperGrid,
  testbed,
} from './fig12-claims.ts';
import { handoffParameters } from './handoff.ts';
import { handoffMeasures } from './handoff-measures.ts';
import { saidBy } from './said-by.ts';

const reference = [
  { series: 'drain', label: drainedFormula, expected: drained },
  { series: 'drain+advance-rr', label: advancedFormula, expected: advanced },
];

const steps = [10, 20, 30, 40, 50, 60, 70, 80];
const few = [10, 20, 40, 60, 80];
const fig12: Experiment = {
  id: 'fig12',
  title: 'Return routability in advance',
  source: 'paper §6.4, Fig. 12',
  question:
    'How much shorter is the handoff gap when return routability runs while the donor’s socket drains?',
  topology: 'fig9',
  parameters: handoffParameters,
  profiles: {
    smoke: {
      grid: [
        { csMs: [10, 40, 80], ssMs: [20] },
        { csMs: [40], ssMs: [10, 80] },
      ],
      repetitions: 1,
    },
    quick: {
      grid: [
        { csMs: few, ssMs: [20] },
        { csMs: [40], ssMs: few },
        { csMs: [40], ssMs: [120, 160, 200, 240] },
      ],
      repetitions: 5,
    },
    paper: {
      grid: [
        { csMs: steps, ssMs: [20] },
        { csMs: [40], ssMs: steps },
        { csMs: [40], ssMs: [100, 120, 140, 160, 180, 200, 220, 240] },
      ],
      repetitions: 100,
    },
  },
  variants: ['drain', 'drain+advance-rr'],
  procedure: 'download-handoff',
  measures: handoffMeasures,
  claims: saidBy('paper', '§6.4', fig12Claims),
  plots: [
    {
      id: 'fig12a',
      title: 'Handoff gap over client–server latency (L_SS = 20 ms, 2 Mbit/s)',
      measure: 'handoff-gap',
      x: { parameter: 'csMs', title: 'one-way latency client – member, L_CS (ms)' },
      y: { title: 'handoff gap at the client (ms)' },
      series: 'variant',
      where: { ...testbed, ...paperGrid, ssMs: 20 },
      fit: { symbol: 'L_CS' },
      reference,
    },
    {
      id: 'fig12b',
      title: 'Handoff gap over server–server latency (L_CS = 40 ms, 2 Mbit/s)',
      measure: 'handoff-gap',
      x: { parameter: 'ssMs', title: 'one-way latency member – member, L_SS (ms)' },
      y: { title: 'handoff gap at the client (ms)' },
      series: 'variant',
      where: { ...testbed, ...paperGrid, csMs: 40 },
      fit: { symbol: 'L_SS' },
      reference,
    },
    {
      id: 'fig12b-beyond',
      title: 'Beyond the paper’s range of L_SS (L_CS = 40 ms, 2 Mbit/s)',
      finding: 'fig12-late-slope',
      measure: 'handoff-gap',
      x: { parameter: 'ssMs', title: 'one-way latency member – member, L_SS (ms)' },
      y: { title: 'handoff gap at the client (ms)' },
      series: 'variant',
      where: { ...testbed, csMs: 40 },
      reference,
    },
  ],
};

export default fig12;
