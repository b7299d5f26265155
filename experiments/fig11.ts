import type { Experiment } from './experiment.ts';
import { handoffParameters } from './handoff.ts';
import { handoffMeasures, instantMeasures } from './handoff-measures.ts';
import { saidBy } from './said-by.ts';

const source = 'paper §6.4, Fig. 11';
const testbed = { csMs: 40, ssMs: 20, rateKbit: 2000, waitMs: 0, lossPct: 0, jitterMs: 0 };
const point = { csMs: [40], ssMs: [20], rateKbit: [2000] };
const bindingAndData = [['at-binding-update'], ['at-binding-acknowledgement'], ['at-first-data']];
const tests = [
  ['at-home-test-init', 'at-care-of-test-init'],
  ['at-home-test', 'at-care-of-test'],
];

const fig11: Experiment = {
  id: 'fig11',
  title: 'The order of a handoff’s messages',
  source,
  question:
    'In which order do the messages of a handoff pass, without and with return routability in advance?',
  topology: 'fig9',
  parameters: handoffParameters,
  profiles: {
    smoke: { grid: [point], repetitions: 1 },
    quick: { grid: [point], repetitions: 5 },
    paper: { grid: [point], repetitions: 100 },
  },
  variants: ['drain', 'drain+advance-rr'],
  procedure: 'download-handoff',
  measures: [...handoffMeasures, ...instantMeasures],
  claims: saidBy('paper', '§6.4', [
    {
      kind: 'order',
      id: 'fig11a',
      source: `${source}(a)`,
      statement: 'Without optimisation every step waits for the one before',
      measure: 'at-first-data',
      where: { ...testbed, variant: 'drain' },
      stages: [['at-last-data'], ['at-last-ack'], ['at-init'], ...tests, ...bindingAndData],
      toleranceReason: 'none: in every repetition',
    },
    {
      kind: 'order',
      id: 'fig11b',
      source: `${source}(b)`,
      statement: 'With Prepare, return routability is over before Init is sent',
      measure: 'at-first-data',
      where: { ...testbed, variant: 'drain+advance-rr' },
      stages: [['at-prepare'], ...tests, ['at-init'], ...bindingAndData],
      toleranceReason: 'none: in every repetition',
    },
    {
      kind: 'order',
      id: 'fig11b-drain',
      source: `${source}(b)`,
      statement: 'Prepare is sent while data is still on its way; Init follows the last acknowledgement',
      measure: 'at-init',
      where: { ...testbed, variant: 'drain+advance-rr' },
      stages: [['at-prepare'], ['at-last-data'], ['at-last-ack'], ['at-init']],
      toleranceReason: 'none: in every repetition',
    },
    {
      kind: 'bound',
      id: 'fig11-empty-state',
      source: 'paper §6.4',
      statement: 'Init of a drained socket is one packet',
      measure: 'state-bytes',
      where: testbed,
      range: { max: 1388 },
      toleranceReason: 'what one segment between members holds',
      unit: 'octets',
    },
    {
      kind: 'value',
      id: 'fig11-state-trip',
      source: 'paper §6.4',
      statement: 'It takes one trip between the members',
      measure: 'phase-2',
      where: testbed,
      expected: (p) => p.ssMs!,
      formula: 'L_SS',
      tolerance: 1,
      toleranceReason: 'a second packet would take more at 2 Mbit/s where it is a full one; a trip is 20 ms',
      unit: 'ms',
    },
    {
      kind: 'bound',
      id: 'fig11b-update-at-once',
      source: `${source}(b)`,
      statement: 'The Binding Update is sent immediately after Init has arrived',
      measure: 'phase-5',
      where: { ...testbed, variant: 'drain+advance-rr', clock: 'virtual' },
      range: { max: 1 },
      toleranceReason:
        'any message waited for takes a trip, 20 ms at least; processes read the clock in 0.1 ms',
      unit: 'ms',
    },
  ]),
  plots: [],
  sequences: [
    { id: 'fig11a', title: 'Handoff without optimisation', where: { ...testbed, variant: 'drain' } },
    {
      id: 'fig11b',
      title: 'Handoff with return routability in advance',
      where: { ...testbed, variant: 'drain+advance-rr' },
    },
  ],
};

export default fig11;
