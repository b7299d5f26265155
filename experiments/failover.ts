import { anyOf } from './any-value.ts';
import type { Claim, Experiment, ParameterSpec, Parameters } from './experiment.ts';
import { measuresIn, measureTable } from './measure.ts';
import { saidBy } from './said-by.ts';

const ms = 'ms';
/** Of a download whose member ends. */
export const failoverTable = measureTable({
  'failover-gap': {
    unit: ms,
    description:
      'at the client’s router: last data segment of the member that ends → first one of another member',
  },
  'failover-upload-gap': {
    unit: ms,
    description:
      'at the client’s router: last segment of the member that ends which acknowledges octets of an upload → first one of another member',
  },
  'failover-detection': {
    unit: ms,
    description:
      'end of the member by the conductor’s log → its backup’s Binding Update, by the backup’s log',
  },
  'failover-resumption': {
    unit: ms,
    description: 'the backup’s Binding Update → its first data segment at the client’s router',
  },
  'failover-protection': {
    unit: ms,
    description: 'the client is connected → its connection is protected, by its member’s log',
  },
  'failover-protected': {
    unit: '',
    description: '1 when the connection was protected as its member ended, else 0',
  },
  'failover-whole': { unit: '', description: '1 when the client has got every octet, else 0' },
  'failover-lost': { unit: '', description: '1 when a protected download was not whole, else 0' },
  'failover-truncated': {
    unit: '',
    description: '1 when the client was told that a document had ended which had not, else 0',
  },
  'failover-resets': { unit: 'packets', description: 'TCP resets of the service to the client' },
  'failover-first': {
    unit: ms,
    description:
      'the client is connected → first data segment at its router: what protection costs an answer',
  },
  'failover-channel-octets': {
    unit: 'octets',
    description: 'of the members’ channels, from the client’s connection to the end of its member',
  },
  'failover-mobility-octets': {
    unit: 'octets',
    description: 'of packets with a Mobility Header, in the same time; those within ESP left out',
  },
});

const latency = { min: 1, max: 500 };
const parameters: Readonly<Record<string, ParameterSpec>> = {
  ending: {
    description:
      'how the member ends that is holder and contact node: 0 it is killed, 1 its network is cut for 5 s',
    default: 0,
    min: 0,
    max: 1,
    integer: true,
  },
  killMs: {
    description: 'from the client’s SYN to the end, in the first repetition',
    default: 900,
    min: 0,
    max: 60_000,
  },
  stepMs: { description: 'later by so much in each further repetition', default: 50, min: 0, max: 1000 },
  replicas: {
    description: '1: another member keeps what it takes to go on; 0: a connection ends with its member',
    default: 1,
    min: 0,
    max: 1,
    integer: true,
  },
  upload: {
    description:
      '1: the client sends the document, its input gated, and is answered with its SHA-256; 0: it gets the document',
    default: 0,
    min: 0,
    max: 1,
    integer: true,
  },
  bytes: {
    description: 'octets of the document',
    default: 600_000,
    min: 1000,
    max: 100_000_000,
    integer: true,
  },
  memberMs: { description: 'one-way latency between any two members, L_SS', default: 20, ...latency },
  csMs: { description: 'one-way latency client – each member, L_CS', default: 40, ...latency },
  rateKbit: { description: 'upstream rate of each site', default: 2000, min: 100, max: 100_000 },
  priority: {
    description:
      '1: what members and clients say about bindings passes before the data that waits at each site’s line; 0: it waits, too',
    default: 0,
    min: 0,
    max: 1,
    integer: true,
  },
  heartbeatMs: { description: 'between two signs of life to a backup', default: 100, min: 10, max: 5000 },
  suspectMs: {
    description: 'a member that is silent for so long is taken for dead',
    default: 500,
    min: 50,
    max: 10_000,
  },
  lossPct: { description: 'packets lost between sites, per direction and pair', default: 0, min: 0, max: 10 },
};

/** One full segment on the members' line: whether the last one of the dead member was followed by a pause or by another that was lost in it. */
const segmentMs = ({ rateKbit = 2000 }: Parameters): number => (8 * 1500) / rateKbit;
const toleranceReason = 'one full segment at the rate: the line may have been idle, or in the middle of one';
const conditions = anyOf('killMs', 'stepMs', 'memberMs', 'csMs', 'bytes', 'heartbeatMs', 'suspectMs');
const source = 'docs/survival.md';
const claims: readonly Claim[] = [
  {
    kind: 'value',
    id: 'failover-killed-gap',
    source,
    statement: 'A client whose member is killed waits for three ways between members and two to the client',
    measure: 'failover-gap',
    where: { ...conditions, ending: 0, replicas: 1, lossPct: 0 },
    given: { 'failover-protected': { min: 1 } },
    expected: ({ memberMs = 0, csMs = 0 }) => 3 * memberMs + 2 * csMs + 1,
    formula: '3·L_SS + 2·L_CS + 1 ms',
    tolerance: segmentMs,
    toleranceReason,
    unit: ms,
  },
  {
    kind: 'value',
    id: 'failover-resumption',
    source,
    statement:
      'However a member ends: its backup’s first octets are at the client three ways behind its Binding Update',
    measure: 'failover-resumption',
    where: { ...conditions, ...anyOf('ending'), replicas: 1, lossPct: 0 },
    given: { 'failover-protected': { min: 1 } },
    expected: ({ csMs = 0 }) => 3 * csMs + 1,
    formula: '3·L_CS + 1 ms',
    tolerance: segmentMs,
    toleranceReason,
    unit: ms,
  },
  {
    kind: 'value',
    id: 'failover-silent-gap',
    source,
    statement:
      'Behind a member that says nothing any more it is as long as it may be silent, one way between members and two to the client',
    measure: 'failover-gap',
    where: { ...conditions, ending: 1, replicas: 1, lossPct: 0 },
    given: { 'failover-protected': { min: 1 } },
    expected: ({ suspectMs = 0, memberMs = 0, csMs = 0, heartbeatMs = 0 }) =>
      suspectMs + memberMs + 2 * csMs + 1 - heartbeatMs / 2,
    formula: 'suspectMs + L_SS + 2·L_CS + 1 ms − half a heartbeat',
    tolerance: (parameters) => (parameters.heartbeatMs ?? 0) / 2 + segmentMs(parameters),
    toleranceReason:
      'half a heartbeat and one full segment at the rate: the last sign of life has left up to a heartbeat before the last octet',
    unit: ms,
  },
  {
    kind: 'value',
    id: 'failover-upload-gap',
    source,
    statement:
      'A client that sends hears nothing for as long, where its dead member has nothing left to say to the backup',
    measure: 'failover-upload-gap',
    where: { ...conditions, ending: 0, replicas: 1, lossPct: 0, upload: 1 },
    given: { 'failover-protected': { min: 1 } },
    statistic: 'least',
    expected: ({ memberMs = 0, csMs = 0 }) => 3 * memberMs + 2 * csMs + 1,
    formula: '3·L_SS + 2·L_CS + 1 ms',
    tolerance: segmentMs,
    toleranceReason,
    unit: ms,
  },
  {
    kind: 'bound',
    id: 'failover-upload-gap-most',
    source,
    statement:
      'What waited at the gate is all that a dead member’s kernel may still have to say before its end is heard',
    measure: 'failover-upload-gap',
    where: { ...conditions, ending: 0, replicas: 1, lossPct: 0, upload: 1 },
    given: { 'failover-protected': { min: 1 } },
    range: { max: 1300 },
    toleranceReason:
      '256 KiB, the most that waits at a gate, take 1.05 s at 2 Mbit/s, with their headers 1.1, and 0.141 s is the pause without',
    unit: ms,
  },
  {
    kind: 'bound',
    id: 'failover-none-lost',
    source,
    statement: 'No protected download or upload is lost, whenever its member ends',
    measure: 'failover-lost',
    where: { ...conditions, ...anyOf('ending', 'lossPct', 'upload'), replicas: 1 },
    range: { max: 0 },
    toleranceReason: 'none: one is one too many',
    unit: '',
  },
  {
    kind: 'bound',
    id: 'failover-none-truncated',
    source,
    statement: 'No client takes a part of a document for the whole, protected or not, sent or received',
    measure: 'failover-truncated',
    where: { ...conditions, ...anyOf('ending', 'lossPct', 'replicas', 'upload') },
    range: { max: 0 },
    toleranceReason: 'none: one is one too many',
    unit: '',
  },
  {
    kind: 'value',
    id: 'failover-without-replicas',
    source,
    statement: 'Without replicas every download that is under way ends with its member',
    measure: 'failover-whole',
    where: { ...conditions, ...anyOf('ending'), ending: 0, replicas: 0, lossPct: 0 },
    expected: () => 0,
    formula: '0',
    tolerance: 0,
    toleranceReason: 'none: the grid ends the member in the middle of each',
    unit: '',
  },
];

/** From the SYN to behind the end of the document of the default size, ms. */
const sessionMs = 3000;
/** The same of an upload, whose octets go on to the backup on the line that an answer has for itself. */
const uploadMs = 3600;

/** No part of `run all`: a run of its own, as its claims go beyond the paper. */
const failover: Experiment = {
  id: 'failover',
  title: 'Connections that outlive their member',
  source: 'beyond paper §3.2; docs/survival.md',
  question: 'What does a client notice of the death of the member that serves it?',
  topology: 'wide-area',
  parameters,
  profiles: {
    smoke: { grid: [{}, { replicas: [0] }], repetitions: 2 },
    quick: {
      grid: [
        { memberMs: [10, 20, 60], csMs: [20, 40] },
        { ending: [1], suspectMs: [300, 500] },
        { killMs: [0], stepMs: [sessionMs / 8], lossPct: [0, 1, 3] },
        { replicas: [0] },
        { upload: [1], killMs: [1000], stepMs: [uploadMs / 8], lossPct: [0, 1, 3] },
      ],
      repetitions: 8,
    },
    paper: {
      grid: [
        { memberMs: [10, 20, 40, 60, 80], csMs: [10, 20, 40, 80], stepMs: [1] },
        { ending: [1], suspectMs: [300, 500, 1000], stepMs: [1] },
        // every 5 ms
        { killMs: [0, sessionMs / 2], stepMs: [5], lossPct: [0, 1, 3] },
        { replicas: [0], stepMs: [1] },
        { upload: [1], killMs: [0, uploadMs / 2], stepMs: [uploadMs / 600], lossPct: [0, 1, 3] },
      ],
      repetitions: 300,
    },
  },
  variants: [],
  procedure: 'failover',
  measures: measuresIn(failoverTable),
  claims: saidBy('ours', '§3.2', claims),
  plots: [
    {
      id: 'failover-gap',
      title: 'What a client waits when the member that serves it is killed',
      measure: 'failover-gap',
      x: { parameter: 'memberMs', title: 'one-way latency between members, L_SS (ms)' },
      y: { title: 'gap at the client (ms)' },
      series: 'csMs',
      seriesLabel: ({ csMs }) => `L_CS = ${csMs} ms`,
      reference: [20, 40].map((csMs) => ({
        series: `L_CS = ${csMs} ms`,
        by: 'formula',
        label: `3·L_SS + 2·L_CS, L_CS = ${csMs} ms`,
        expected: ({ memberMs = 0 }: Parameters) => 3 * memberMs + 2 * csMs,
      })),
      where: { ending: 0, replicas: 1, lossPct: 0, upload: 0 },
    },
  ],
};

export default failover;
