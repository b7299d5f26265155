import { claims } from './calibration/calibration-claims.ts';
import { plots } from './calibration/plots.ts';
import type { Experiment } from './experiment.ts';
import { measuresIn, measureTable } from './measure.ts';
import { saidBy } from './said-by.ts';

const onWay = (from: string, to: string) => ({
  unit: 'ms',
  description: `mean time in the router, ${from} → ${to}`,
});

/** Of datagrams between all stations, floods through the shapers, and one bulk transfer. */
export const calibrationTable = measureTable({
  'delay-client-node1': onWay('client', 'node1'),
  'delay-node1-client': onWay('node1', 'client'),
  'delay-client-node2': onWay('client', 'node2'),
  'delay-node2-client': onWay('node2', 'client'),
  'delay-node1-node2': onWay('node1', 'node2'),
  'delay-node2-node1': onWay('node2', 'node1'),
  'delay-min': { unit: 'ms', description: 'least, client – node1, both directions' },
  'delay-max': { unit: 'ms', description: 'largest' },
  'delay-sd': { unit: 'ms', description: 'standard deviation' },
  reordered: { unit: '%', description: 'datagrams overtaken by one sent later (RFC 4737)' },
  'loss-client-node1': { unit: '%', description: 'came to the router and did not leave' },
  'loss-node1-client': { unit: '%', description: 'the other direction' },
  'loss-other-pairs': { unit: '%', description: 'the four paths to and from node2' },
  'rate-node1': { unit: 'kbit/s', description: 'Ethernet octets out of ha1’s full shaper' },
  'rate-node2': { unit: 'kbit/s', description: 'Ethernet octets out of ha2’s full shaper' },
  'bulk-time': { unit: 'ms', description: 'SYN → last data segment, both at the router' },
  'bulk-goodput': { unit: 'kbit/s', description: 'octets of the document over bulk-time' },
});

const parameters: Experiment['parameters'] = {
  cs1Ms: { description: 'one-way latency client – node1', default: 10, min: 0, max: 10_000 },
  cs2Ms: { description: 'one-way latency client – node2', default: 20, min: 0, max: 10_000 },
  ssMs: { description: 'one-way latency node1 – node2', default: 30, min: 0, max: 10_000 },
  rateKbit: { description: 'upstream rate of each home agent', default: 100_000, min: 64, max: 1_000_000 },
  lossPct: {
    description: 'packet loss between sites, per direction',
    default: 0,
    min: 0,
    max: 40,
  },
  jitterMs: { description: 'latencies vary uniformly within ± this', default: 0, min: 0, max: 1000 },
  packets: { description: 'probes per path', default: 200, min: 10, max: 100_000, integer: true },
  // A latency that is a multiple of the tick would let probes leave the delay line just when the next ones come; 13 keeps
  // clear of round numbers.
  tickMs: { description: 'time between bursts of probes', default: 13, min: 1, max: 1000 },
  burst: { description: 'probes per path at each tick', default: 1, min: 1, max: 50, integer: true },
  pairs: {
    description: '3: all pairs of sites are probed at once; 1: client – node1 only',
    default: 3,
    min: 1,
    max: 3,
    integer: true,
  },
  bytes: {
    description: 'size of the bulk transfer; 0: none',
    default: 0,
    min: 0,
    max: 64_000_000,
    integer: true,
  },
  windowBytes: {
    description: 'largest receive window of the bulk transfer',
    default: 1 << 20,
    min: 1 << 16,
    max: 1 << 20,
    integer: true,
  },
};

const many = { packets: [20_000], burst: [25], pairs: [1] };
const megabytes = 10_000_000;

const calibration: Experiment = {
  id: 'calibration',
  title: 'The lab measures itself',
  source: 'no claim of the paper: what every other experiment rests on',
  question: 'Do the network’s delays, rates and losses come out of the capture as they were configured?',
  topology: 'fig9',
  parameters,
  profiles: {
    smoke: {
      grid: [
        {},
        { cs1Ms: [50], rateKbit: [1000] },
        { cs2Ms: [80], rateKbit: [2000], bytes: [1_000_000] },
        { ssMs: [5], rateKbit: [10_000], bytes: [4_000_000] },
        { cs1Ms: [35], cs2Ms: [15], ssMs: [70] },
        { lossPct: [1], packets: [5000], burst: [10], pairs: [1] },
        { jitterMs: [5], packets: [2000], tickMs: [3], pairs: [1] },
      ],
      repetitions: 1,
    },
    quick: {
      grid: [
        { cs1Ms: [0, 10, 40, 160] },
        { cs2Ms: [0, 80] },
        { ssMs: [5, 120] },
        { cs1Ms: [35], cs2Ms: [15], ssMs: [70] },
        { rateKbit: [1000, 1500, 2000, 10_000] },
        { lossPct: [0.1, 1, 5], ...many },
        { lossPct: [2], packets: [5000], burst: [10] },
        { jitterMs: [1, 5, 10], packets: [5000], tickMs: [3], pairs: [1] },
        { bytes: [megabytes], cs1Ms: [10, 40], rateKbit: [2000, 10_000, 100_000] },
      ],
      repetitions: 1,
    },
    paper: {
      grid: [
        { cs1Ms: [0, 1, 5, 10, 20, 40, 80, 160, 320] },
        { cs2Ms: [0, 5, 40, 80, 160] },
        { ssMs: [0, 5, 80, 120, 240] },
        { cs1Ms: [15, 55], cs2Ms: [35, 75], ssMs: [25, 95] },
        { rateKbit: [500, 1000, 1500, 2000, 5000, 10_000, 20_000, 50_000] },
        { lossPct: [0.1, 0.2, 0.5, 1, 2, 5], ...many },
        { lossPct: [0.5, 2], packets: [10_000], burst: [10] },
        { jitterMs: [1, 2, 5, 10], packets: [20_000], tickMs: [3], pairs: [1] },
        {
          bytes: [megabytes],
          cs1Ms: [5, 10, 20, 40],
          rateKbit: [1000, 2000, 10_000, 50_000, 100_000],
        },
      ],
      repetitions: 3,
    },
  },
  variants: [],
  procedure: 'calibration',
  measures: measuresIn(calibrationTable),
  claims: saidBy('lab', '', claims),
  plots,
};

export default calibration;
