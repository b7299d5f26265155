import { anyOf } from './any-value.ts';
import type { Claim, Experiment, GridBlock } from './experiment.ts';
import { atlasMeasures, handoffMeasures, handoffParameters } from './handoff.ts';
import { saidBy } from './said-by.ts';

/** What a handoff of the server's own does where nothing else is asked for. */
const usual = 'drain+advance-rr';
/** One retransmission timeout of a connection with the testbed's round trips: Linux's least above the trip and its variation. */
const timeoutMs = 400;
const losses = [0, 0.5, 1, 2, 5];
const rough: readonly GridBlock[] = [
  { lossPct: losses },
  { jitterMs: [1, 3] },
  { takesMs: [5, 15] },
  { windowBytes: [8192, 16_384, 65_536] },
];

const conditions = anyOf('lossPct', 'jitterMs', 'takesMs', 'windowBytes', 'csMs', 'ssMs');
const claims: readonly Claim[] = [
  {
    kind: 'paired',
    id: 'atlas-rough-stall',
    source: 'docs/atlas.md',
    statement: 'On a bad network a client that is handed off waits no longer than one that is not',
    measure: 'longest-stall',
    where: { ...conditions, variant: usual },
    lessVariant: 'none',
    atMost: 0,
    inPct: 99,
    worst: timeoutMs,
    toleranceReason: 'one retransmission timeout: a packet of the handoff can be the one that is lost',
    unit: 'ms',
  },
  {
    kind: 'bound',
    id: 'atlas-rough-resets',
    source: 'docs/atlas.md',
    statement:
      'Loss, reordering, a slow client and small windows lose no packet of a lossless link in the client',
    measure: 'client-drops',
    where: { ...conditions, lossPct: 0, jitterMs: 0, variant: usual },
    range: { max: 0 },
    toleranceReason: 'none: one is one too many',
    unit: 'packets',
  },
];

/** The server's usual handoff on bad networks, paired by seed with the client that is not moved; no part of `run all`. */
const atlasRough: Experiment = {
  id: 'atlas-rough',
  title: 'Handoffs on bad networks',
  source: 'docs/atlas.md; beyond the paper',
  question:
    'Does a client notice its handoff where packets are lost and overtake each other, or its own machine is slow?',
  topology: 'fig9',
  parameters: {
    ...handoffParameters,
    takesMs: {
      description: 'what the client’s Mobile IPv6 daemon takes for each message',
      default: 0,
      min: 0,
      max: 1000,
    },
  },
  profiles: {
    smoke: { grid: [{ lossPct: [0, 1] }], repetitions: 2 },
    quick: { grid: rough, repetitions: 20 },
    paper: { grid: rough, repetitions: 1000 },
  },
  variants: ['none', usual],
  procedure: 'download-handoff',
  measures: [...handoffMeasures, ...atlasMeasures],
  claims: saidBy('ours', '§6.4', claims),
  plots: [
    {
      id: 'atlas-rough-loss',
      title: 'Longest stall over loss (L_CS = 40, L_SS = 20 ms, 2 Mbit/s)',
      measure: 'longest-stall',
      x: { parameter: 'lossPct', title: 'packets lost between sites, each way (%)' },
      y: { title: 'longest stall of in-order progress (ms)' },
      series: 'variant',
      where: { jitterMs: 0, takesMs: 0 },
    },
  ],
};

export default atlasRough;
