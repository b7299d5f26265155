import type { Experiment, ParameterSpec, Parameters } from './experiment.ts';
import { defaultBytes, defaultWindow } from './frontend/formulas.ts';
import { latencyClaims } from './frontend/latency-claims.ts';
import { loadClaims } from './frontend/load-claims.ts';
import { throughputClaims } from './frontend/throughput-claims.ts';
import { farthestMembersMs, mostLossPct } from './handoff.ts';
import { measuresIn, measureTable } from './measure.ts';
import { saidBy } from './said-by.ts';

const latency = { min: 0, max: 10_000 };
const parameters: Readonly<Record<string, ParameterSpec>> = {
  service: {
    description:
      '0: by way of the contact node; 1: route-optimised; 2: classic front end, answers through it; 3: with direct server return',
    default: 0,
    min: 0,
    max: 3,
    integer: true,
  },
  clients: {
    description: 'clients that fetch a document at the same time',
    default: 1,
    min: 1,
    max: 30,
    integer: true,
  },
  cs1Ms: {
    description: 'one-way latency client – node1, the contact node or front end',
    default: 40,
    ...latency,
  },
  cs2Ms: { description: 'one-way latency client – node2, which serves', default: 20, ...latency },
  ssMs: { description: 'one-way latency node1 – node2', default: 30, min: 0, max: farthestMembersMs },
  frontRateKbit: { description: 'upstream rate of node1’s site', default: 2000, min: 64, max: 1_000_000 },
  rateKbit: { description: 'upstream rate of node2’s site', default: 100_000, min: 64, max: 1_000_000 },
  bytes: {
    description: 'document that each client fetches',
    default: defaultBytes,
    min: 10_000,
    max: 50_000_000,
    integer: true,
  },
  windowBytes: {
    description: 'largest receive window of a client',
    default: defaultWindow,
    min: 1 << 14,
    max: 1 << 20,
    integer: true,
  },
  lossPct: {
    description: 'packets lost between sites, per direction and pair',
    default: 0,
    min: 0,
    // By way of node1 they pass two pairs.
    max: mostLossPct / 2,
  },
};

const names = [
  'by way of the contact node',
  'route-optimised',
  'front end',
  'front end, direct server return',
];
const wayOf = (p: Parameters): string => names[p.service!] ?? '';
const nearby = { cs1Ms: 40, cs2Ms: 20, rateKbit: 100_000, bytes: defaultBytes, lossPct: 0 };
const usual = { ...nearby, ssMs: 30, frontRateKbit: 2000 };

/** What a front end costs, all at the router. */
export const frontendTable = measureTable({
  'first-octet-latency': {
    unit: 'ms',
    description: 'a request comes to the router from a client → its first octet leaves for it',
  },
  'throughput-client': {
    unit: 'kbit/s',
    description: 'a client’s document, from its request to its last segment; mean',
  },
  'throughput-sum': {
    unit: 'kbit/s',
    description: 'all documents together, in the middle half of the time in which all are sent',
  },
  'front-octets': {
    unit: 'octets',
    description: 'IPv6 octets on the link of the front’s site while documents are fetched',
  },
  'front-packets': { unit: 'packets', description: 'the packets of them' },
  'front-octets-client': { unit: 'octets', description: 'front-octets per client' },
  'front-packets-client': { unit: 'packets', description: 'front-packets per client' },
  'setup-octets-client': {
    unit: 'octets',
    description: 'before that, from the first SYN: connection, first octets, handoff; per client',
  },
});

const frontend: Experiment = {
  id: 'frontend',
  title: 'What a front end costs',
  source: 'paper §1 and §7.2: no front end, and what remains of one for clients without Mobile IPv6',
  question: 'What do latency, throughput and the contact node’s load gain when packets go directly?',
  topology: 'wide-area',
  parameters,
  profiles: {
    smoke: {
      grid: [
        { service: [0, 1], clients: [1, 3] },
        { service: [2, 3], clients: [3] },
      ],
      repetitions: 1,
    },
    quick: {
      grid: [
        { service: [0, 1, 2, 3], clients: [1, 3, 6] },
        { service: [0, 1, 2, 3], cs1Ms: [10] },
        { service: [0, 1, 2, 3], cs2Ms: [60] },
        { service: [0, 1, 2, 3], ssMs: [80] },
        { service: [0, 1], clients: [3], frontRateKbit: [4000] },
      ],
      repetitions: 1,
    },
    paper: {
      grid: [
        { service: [0, 1, 2, 3], clients: [1, 2, 4, 8, 16] },
        { service: [0, 1, 2, 3], cs1Ms: [10, 40, 80], cs2Ms: [10, 60], ssMs: [10, 80] },
        { service: [0, 1, 2, 3], clients: [3], frontRateKbit: [1000, 2000, 4000] },
        { service: [0, 1, 2, 3], clients: [2], bytes: [100_000, 2_000_000] },
      ],
      repetitions: 3,
    },
  },
  variants: [],
  procedure: 'frontend',
  measures: measuresIn(frontendTable),
  claims: saidBy('ours', '§7.2', [...latencyClaims, ...loadClaims, ...throughputClaims]),
  plots: [
    {
      id: 'frontend-load',
      title: 'Load of the contact node or front end (1 MB per client)',
      measure: 'front-octets',
      x: { parameter: 'clients', title: 'clients' },
      y: { title: 'octets on its site’s link, both directions' },
      series: 'service',
      seriesLabel: wayOf,
      where: usual,
    },
    {
      id: 'frontend-throughput',
      title: 'Throughput of each client (contact node or front end: 2 Mbit/s)',
      measure: 'throughput-client',
      x: { parameter: 'clients', title: 'clients' },
      y: { title: 'a client’s document (kbit/s)' },
      series: 'service',
      seriesLabel: wayOf,
      where: usual,
    },
    {
      id: 'frontend-latency',
      title: 'Request to first octet (L_CS1 = 40 ms, L_CS2 = 20 ms)',
      measure: 'first-octet-latency',
      x: { parameter: 'ssMs', title: 'one-way latency contact node or front end – server, L_SS (ms)' },
      y: { title: 'latency (ms)' },
      series: 'service',
      seriesLabel: wayOf,
      fit: { symbol: 'L_SS' },
      where: { ...nearby, clients: 1, frontRateKbit: 2000 },
    },
  ],
};

export default frontend;
