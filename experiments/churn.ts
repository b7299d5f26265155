import { churnClaims, churnTable } from './churn-claims.ts';
import type { Experiment, ParameterSpec } from './experiment.ts';
import { mostLossPct } from './handoff.ts';
import { measuresIn } from './measure.ts';
import { saidBy } from './said-by.ts';

const parameters: Readonly<Record<string, ParameterSpec>> = {
  clients: {
    description: 'clients that fetch a document each, all in the same minute',
    default: 4,
    min: 1,
    max: 8,
    integer: true,
  },
  perMinute: {
    description: 'members that join or leave, on average per minute (Poisson), of four members',
    default: 12,
    min: 0,
    max: 60,
  },
  crashPct: {
    description: 'of the members that go, those that crash instead of leaving',
    default: 0,
    min: 0,
    max: 100,
  },
  bytes: {
    description: 'octets of the document',
    default: 1_000_000,
    min: 10_000,
    max: 20_000_000,
    integer: true,
  },
  spanMs: { description: 'one-way latency of the longest way between sites', default: 40, min: 4, max: 200 },
  lossPct: {
    description: 'packets lost between sites, per direction and pair',
    default: 0,
    min: 0,
    max: mostLossPct,
  },
};

const crashLabel = (p: Readonly<Record<string, number>>): string => `${p.crashPct} % of them crash`;

const churn: Experiment = {
  id: 'churn',
  title: 'Members that come and go',
  source: 'paper §3.2, §7.1; beyond its evaluation',
  question: 'What becomes of downloads while members of the server join, leave and crash?',
  topology: 'wide-area',
  parameters,
  profiles: {
    smoke: {
      grid: [{ perMinute: [24], crashPct: [0, 100] }],
      repetitions: 2,
    },
    quick: {
      grid: [
        { perMinute: [8], crashPct: [0, 100] },
        { perMinute: [24], crashPct: [0, 50, 100] },
      ],
      repetitions: 3,
    },
    paper: {
      grid: [
        { perMinute: [8, 16, 24, 32, 40], crashPct: [0, 25, 50, 75, 100], clients: [4, 8] },
        { perMinute: [24], crashPct: [0, 50], spanMs: [20, 80], bytes: [500_000, 2_000_000] },
      ],
      repetitions: 20,
    },
  },
  variants: [],
  procedure: 'churn',
  measures: measuresIn(churnTable),
  claims: saidBy('ours', '§3.2', churnClaims),
  plots: [
    {
      id: 'churn-completed',
      title: 'Downloads that are completed while members come and go (4 members, 4 clients, 1 MB)',
      measure: 'churn-completed',
      x: { parameter: 'perMinute', title: 'members that join or leave per minute' },
      y: { title: 'completed downloads (%)' },
      series: 'crashPct',
      seriesLabel: crashLabel,
      where: { clients: 4, spanMs: 40, bytes: 1_000_000, lossPct: 0 },
    },
    {
      id: 'churn-broken',
      title: 'Why downloads break (of 4 in a repetition; 24 members join or leave per minute)',
      kind: 'stacked-bars',
      finding: 'churn-only-held',
      measure: 'churn-broken',
      x: { parameter: 'crashPct', title: 'of the members that go, those that crash (%)' },
      y: { title: 'broken downloads' },
      series: 'perMinute',
      where: { clients: 4, spanMs: 40, bytes: 1_000_000, perMinute: 24, lossPct: 0 },
      stack: [
        { measure: 'churn-held', label: 'the crashed member held them' },
        { measure: 'churn-stranded', label: 'their client was still bound to it' },
        { measure: 'churn-uncertain', label: 'it may have held them' },
        { measure: 'churn-unexplained', label: 'none of these' },
      ],
    },
    {
      id: 'churn-duration',
      title: 'How long the completed ones take',
      measure: 'churn-duration',
      x: { parameter: 'perMinute', title: 'members that join or leave per minute' },
      y: { title: 'time for 1 MB (s)' },
      series: 'crashPct',
      seriesLabel: crashLabel,
      where: { clients: 4, spanMs: 40, bytes: 1_000_000, lossPct: 0 },
    },
  ],
};

export default churn;
