import { anyOf } from './any-value.ts';
import { inBandOctets } from './atlas/formulae.ts';
import type { Claim, Experiment, GridBlock } from './experiment.ts';
import { handoffParameters } from './handoff.ts';
import { atlasMeasures, clientMeasures, handoffMeasures } from './handoff-measures.ts';
import { saidBy } from './said-by.ts';

/** What is judged: the variant that chooses by itself. */
const judged = 'adaptive';
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
const source = 'docs/atlas.md';

/** What must never be, on any network. */
function never(id: string, measure: string, unit: string, statement: string): Claim {
  return {
    ...{ kind: 'bound', id: `atlas-rough-${id}`, source, statement, measure, unit },
    where: { ...conditions, variant: judged },
    range: { max: 0 },
    toleranceReason: 'none: one is one too many',
  };
}

/** What a handoff's own messages take on the donor's link of 2 Mbit/s, where the client's packets wait for them: two updates and Init, ms. */
const messagesMs = (8 * (2 * inBandOctets.update + inBandOctets.init)) / 2000;

const claims: readonly Claim[] = [
  {
    kind: 'paired',
    id: 'atlas-rough-unnoticed',
    source,
    statement:
      'Where nothing is lost a client that is handed off waits no longer than one that is not, but for what its messages take',
    measure: 'client-stall',
    where: { ...conditions, lossPct: 0, jitterMs: 0, variant: judged },
    lessVariant: 'none',
    atMost: messagesMs,
    inPct: 99,
    worst: timeoutMs,
    toleranceReason:
      'two updates and Init share the donor’s link of 2 Mbit/s with the client’s packets, and take 2.2 ms there',
    unit: 'ms',
  },
  {
    kind: 'paired',
    id: 'atlas-rough-stall',
    source,
    statement: 'Where packets are lost a client that is handed off waits no longer than one that is not',
    measure: 'client-stall',
    where: { ...conditions, lossPct: { min: 0.1 }, variant: judged },
    lessVariant: 'none',
    atMost: 0,
    inPct: 99,
    worst: timeoutMs,
    toleranceReason: 'one retransmission timeout: a packet of the handoff can be the one that is lost',
    unit: 'ms',
  },
  never('octets', 'client-wrong-octets', 'octets', 'No wrong octet comes to a client'),
  never('whole', 'client-broken', '', 'Every document comes to its end'),
  never('resets', 'client-resets', 'packets', 'No client is reset'),
  never('holders', 'client-further-changes', '', 'Two members never serve a client in turns'),
  {
    kind: 'bound',
    id: 'atlas-rough-drops',
    source,
    statement: 'A slow client and small windows make its kernel drop nothing on a lossless path',
    measure: 'client-drops',
    where: { ...conditions, lossPct: 0, jitterMs: 0, variant: judged },
    range: { max: 0 },
    toleranceReason: 'none: one is one too many',
    unit: 'packets',
  },
];

/** Handoffs on bad networks, paired by seed with the client that is not moved; no part of `run all`. */
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
  variants: ['none', 'drain+advance-rr', 'at-update', 'positions', 'in-band', 'in-band+own', judged],
  procedure: 'download-handoff',
  measures: [...handoffMeasures, ...atlasMeasures, ...clientMeasures],
  claims: saidBy('ours', '§6.4', claims),
  plots: [
    {
      id: 'atlas-rough-loss',
      title: 'Longest stall over loss (L_CS = 40, L_SS = 20 ms, 2 Mbit/s)',
      measure: 'client-stall',
      x: { parameter: 'lossPct', title: 'packets lost between sites, each way (%)' },
      y: { title: 'longest stall of in-order progress (ms)' },
      series: 'variant',
      where: { jitterMs: 0, takesMs: 0 },
    },
  ],
};

export default atlasRough;
