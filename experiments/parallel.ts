import type { Experiment, Parameters, Plot } from './experiment.ts';
import { farthestMembersMs, mostLossPct } from './handoff.ts';
import { measuresIn, measureTable } from './measure.ts';
import { narrowLinkKbit, parallelClaims, testbed, wideLinkKbit } from './parallel/parallel-claims.ts';
import { gapMs, overhead } from './parallel/theory.ts';
import { saidBy } from './said-by.ts';

const labels = ['each range from its contact node', 'each handed off in its middle'] as const;
/** Two round trips, then every member at its full rate. */
const ideal = (p: Parameters) =>
  4 * p.csMs! + (p.bytes! * 8 * overhead) / (p.contactAddresses! * p.rateKbit!);

const latency = { min: 0, max: 10_000 };

const plots: readonly Plot[] = [
  {
    id: 'parallel',
    title: 'A document of 2 MB over several contact addresses (L_CS = 40 ms, 2 Mbit/s per member)',
    measure: 'download-time',
    x: { parameter: 'contactAddresses', title: 'contact addresses, c' },
    y: { title: 'time until the client has the document (ms)' },
    series: 'handoff',
    seriesLabel: (p) => labels[p.handoff!]!,
    where: { ...testbed, clientRateKbit: wideLinkKbit, bytes: 2_000_000 },
    reference: [
      { series: labels[0], label: '4·L_CS + document/(c·goodput)', expected: ideal, by: 'ideal' },
      {
        series: labels[1],
        label: 'the same + 4·L_CS + L_SS',
        expected: (p) => ideal(p) + gapMs(p),
        by: 'ideal',
      },
    ],
  },
  {
    id: 'parallel-client-link',
    title: 'Where the client’s access link is the limit (2 MB, 2 Mbit/s per member)',
    measure: 'download-time',
    x: { parameter: 'contactAddresses', title: 'contact addresses, c' },
    y: { title: 'time until the client has the document (ms)' },
    series: 'clientRateKbit',
    seriesLabel: (p) => `access link of ${p.clientRateKbit! / 1000} Mbit/s`,
    where: { ...testbed, handoff: 0, bytes: 2_000_000 },
  },
];

/** Of one document that is fetched in ranges. */
export const parallelTable = measureTable({
  'download-time': {
    unit: 'ms',
    description: 'at the client’s link: first SYN → acknowledgement of the last octet of the last range',
  },
  'download-setup': {
    unit: 'ms',
    description: 'first SYN → first octet of the range that is complete last',
  },
  'transfer-product': {
    unit: 'ms',
    description: 'ranges · time in which the octets of the last range came, without the gap of its handoff',
  },
  'range-goodput': { unit: 'kbit/s', description: 'mean of the ranges’ payload rates' },
  'range-goodput-least': { unit: 'kbit/s', description: 'payload rate of the slowest range' },
  'range-handoff-gap': {
    unit: 'ms',
    description: 'longest of the ranges’: donor’s last octets → acceptor’s first, towards the client',
  },
  'serving-members': { unit: '', description: 'members that sent octets of the document' },
  'ranges-finished-by-acceptor': {
    unit: '',
    description: 'ranges whose last octet came straight from the acceptor, over the optimised route',
  },
  'document-octets': {
    unit: 'octets',
    description: 'of the joined document, which has the right SHA-256',
  },
});

const parallel: Experiment = {
  id: 'parallel',
  title: 'Parallel download over several contact addresses',
  source: 'paper §7.3',
  question:
    'How much sooner does a client have a document that it fetches in ranges from several contact addresses?',
  topology: 'wide-area',
  parameters: {
    contactAddresses: {
      description: 'contact addresses with a member and a home agent each, at a site of its own',
      default: 2,
      min: 1,
      max: 7,
      integer: true,
    },
    handoff: {
      description:
        '1: each range is handed to another member in its middle; 0: its contact node sends all of it',
      default: 0,
      min: 0,
      max: 1,
      integer: true,
    },
    bytes: {
      description: 'octets of the document',
      default: 2_000_000,
      min: 1,
      max: 300_000_000,
      integer: true,
    },
    csMs: { description: 'one-way latency client – every member', default: 40, ...latency },
    ssMs: {
      description: 'one-way latency between any two members',
      default: 20,
      min: 0,
      max: farthestMembersMs,
    },
    rateKbit: { description: 'upstream rate of each member’s site', default: 2000, min: 64, max: 10_000_000 },
    clientRateKbit: {
      description: 'rate of the client’s access link towards it',
      default: 100_000,
      min: 64,
      max: 10_000_000,
    },
    windowBytes: {
      description: 'receive window of each of the client’s connections',
      default: 40_960,
      min: 4096,
      max: 1_000_000,
      integer: true,
    },
    lossPct: {
      description: 'packets lost between sites, per direction and pair',
      default: 0,
      min: 0,
      max: mostLossPct,
    },
  },
  profiles: {
    smoke: {
      grid: [
        { contactAddresses: [1, 2, 4], handoff: [0] },
        { contactAddresses: [1, 2], handoff: [1] },
        { contactAddresses: [4], clientRateKbit: [narrowLinkKbit] },
      ],
      repetitions: 1,
    },
    quick: {
      grid: [
        { contactAddresses: [1, 2, 3, 4], handoff: [0] },
        { contactAddresses: [1, 2, 4], handoff: [1] },
        { contactAddresses: [2, 4], clientRateKbit: [narrowLinkKbit] },
      ],
      repetitions: 3,
    },
    paper: {
      grid: [
        { contactAddresses: [1, 2, 3, 4], handoff: [0, 1] },
        { contactAddresses: [1, 2, 3, 4], clientRateKbit: [narrowLinkKbit] },
        { contactAddresses: [1, 2, 4], bytes: [500_000, 8_000_000] },
      ],
      repetitions: 30,
    },
  },
  variants: ['drain+advance-rr'],
  procedure: 'parallel',
  measures: measuresIn(parallelTable),
  claims: saidBy('ours', '§7.3', parallelClaims),
  plots,
};

export default parallel;
