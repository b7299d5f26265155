import type { Experiment, ParameterSpec, Parameters } from './experiment.ts';
import { mostLossPct } from './handoff.ts';
import { measuresIn } from './measure.ts';
import { saidBy } from './said-by.ts';
import { takeoverClaims } from './takeover-claims.ts';
import { endingOf, outageMs } from './takeover-formulae.ts';
import { takeoverTable } from './takeover-measures.ts';

const latency = { min: 1, max: 1000 };
const parameters: Readonly<Record<string, ParameterSpec>> = {
  ending: {
    description: 'how the contact node ends: 0 its process is killed, 1 its network is cut, 2 it leaves',
    default: 0,
    min: 0,
    max: 2,
    integer: true,
  },
  suspectMs: {
    description: 'a contact node that is silent for so long counts as dead; more than two heartbeats',
    default: 500,
    min: 10,
    max: 10_000,
  },
  heartbeatMs: {
    description: 'between two signs of life of the contact node',
    default: 100,
    min: 1,
    max: 10_000,
  },
  memberMs: { description: 'one-way latency contact node – first backup', default: 30, ...latency },
  homeMs: { description: 'one-way latency home agent – both of them', default: 20, min: 1, max: 200 },
  csMs: { description: 'one-way latency clients – home agent and members', default: 20, min: 5, max: 100 },
  everyMs: {
    description: 'between two datagrams of the client in reverse tunnel',
    default: 1,
    min: 1,
    max: 100,
  },
  lossPct: {
    description: 'packets lost between sites, per direction and pair',
    default: 0,
    min: 0,
    max: mostLossPct,
  },
};

const seriesLabel = endingOf;
/** A dashed line for one kind of end. */
const formula = (ending: number, label: string, expected: (p: Parameters) => number = outageMs) => ({
  series: endingOf({ ending }),
  by: 'formula',
  label: `${endingOf({ ending })}, ${label}`,
  expected,
});
const fromDetection = (p: Parameters): number => p.detection! + 2 * p.homeMs!;

const takeover: Experiment = {
  id: 'takeover',
  title: 'Takeover of the contact address',
  source: 'paper §3.2, Fig. 5',
  question: 'For how long is the contact address without an answer when its node ends, and who notices?',
  topology: 'wide-area',
  parameters,
  profiles: {
    smoke: {
      grid: [
        { ending: [0], memberMs: [10, 60], homeMs: [20] },
        { ending: [0], memberMs: [30], homeMs: [60] },
        { ending: [1], suspectMs: [300, 1000] },
        { ending: [2] },
      ],
      repetitions: 1,
    },
    quick: {
      grid: [
        { ending: [0], memberMs: [10, 30, 80], homeMs: [20], csMs: [20] },
        { ending: [0], memberMs: [30], homeMs: [60], csMs: [20] },
        { ending: [0], memberMs: [30], homeMs: [20], csMs: [50] },
        { ending: [1], suspectMs: [300, 600, 1000], memberMs: [30], homeMs: [20] },
        { ending: [1], suspectMs: [300], memberMs: [10, 80], homeMs: [20] },
        { ending: [1], suspectMs: [300], memberMs: [30], homeMs: [60] },
        { ending: [2], memberMs: [10, 80], homeMs: [20] },
        { ending: [2], memberMs: [30], homeMs: [60] },
      ],
      repetitions: 1,
    },
    paper: {
      grid: [
        { ending: [0, 2], memberMs: [10, 20, 40, 60, 80], homeMs: [10, 20, 40, 80], csMs: [20] },
        { ending: [0, 2], memberMs: [30], homeMs: [20], csMs: [10, 20, 50] },
        {
          ending: [1],
          suspectMs: [300, 500, 1000, 2000, 4000],
          memberMs: [10, 30, 80],
          homeMs: [10, 20, 40],
        },
        { ending: [1], suspectMs: [300], memberMs: [30], homeMs: [20], csMs: [10, 50] },
      ],
      repetitions: 10,
    },
  },
  variants: [],
  procedure: 'takeover',
  measures: measuresIn(takeoverTable),
  claims: saidBy('ours', '§3.2', takeoverClaims),
  plots: [
    {
      id: 'takeover-detection',
      title: 'Outage of the contact address over the time of detection (L_H = 20 ms)',
      finding: 'takeover-cut-outage',
      measure: 'outage',
      x: {
        parameter: 'detection',
        title: 'end of the contact node → Binding Update of its first backup (ms)',
        measure: 'detection',
      },
      y: { title: 'outage (ms)' },
      series: 'ending',
      seriesLabel,
      reference: [
        formula(0, 'detection + 2·L_H', fromDetection),
        formula(1, 'detection + 2·L_H', fromDetection),
        formula(2, '0'),
      ],
      where: { homeMs: 20, everyMs: 1, lossPct: 0 },
    },
    {
      id: 'takeover-member',
      title: 'Outage of the contact address over the latency to the first backup (L_H = 20 ms)',
      finding: 'takeover-killed-slopes',
      measure: 'outage',
      x: { parameter: 'memberMs', title: 'one-way latency contact node – first backup, L_M (ms)' },
      y: { title: 'outage (ms)' },
      series: 'ending',
      // Suspicion plays a part only where silence is all that is noticed.
      seriesLabel: (p) =>
        p.ending === 1 ? `${endingOf(p)}, suspected after ${p.suspectMs} ms` : endingOf(p),
      reference: [formula(0, '3·L_M + 2·L_H'), formula(2, '0')],
      where: { homeMs: 20, csMs: 20, suspectMs: { max: 500 }, everyMs: 1, lossPct: 0 },
    },
    {
      id: 'takeover-residuals',
      title: 'What was measured less what detection and registration make of it',
      measure: 'outage',
      x: { parameter: 'memberMs', title: 'one-way latency contact node – first backup, L_M (ms)' },
      y: { title: 'measured − formula (ms)' },
      series: 'ending',
      residuals: {
        lines: [
          { claims: ['takeover-killed-outage'], label: 'outage, killed' },
          { claims: ['takeover-killed-client-outage'], label: 'at a client, killed' },
          { claims: ['takeover-leave-outage'], label: 'outage, leaves' },
          { claims: ['takeover-leave-client-outage'], label: 'at a client, leaves' },
          { claims: ['takeover-registration'], label: 'registration' },
        ],
        difference: (measured, expected) => measured - expected,
      },
    },
  ],
};

export default takeover;
