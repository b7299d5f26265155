import { accessClaims, testbed } from './access-claims.ts';
import type { Experiment, ParameterSpec } from './experiment.ts';
import { farthestMembersMs, mostLossPct } from './handoff.ts';
import { measuresIn, measureTable } from './measure.ts';
import { saidBy } from './said-by.ts';

const latency = { min: 0, max: 10_000 };
const parameters: Readonly<Record<string, ParameterSpec>> = {
  cs1Ms: { description: 'one-way latency client – node1', default: 40, ...latency },
  cs2Ms: { description: 'one-way latency client – node2', default: 40, ...latency },
  ssMs: { description: 'one-way latency node1 – node2', default: 20, min: 0, max: farthestMembersMs },
  contactNode: {
    description: 'the member that the contact address of home agent 1 is registered for, 1 or 2',
    default: 1,
    min: 1,
    max: 2,
    integer: true,
  },
  routeOptimization: {
    description: '0: through the home agent; 1: the contact node has bound the client, packets go directly',
    default: 0,
    min: 0,
    max: 1,
    integer: true,
  },
  rateKbit: { description: 'upstream rate of each home agent', default: 100_000, min: 64, max: 10_000_000 },
  lossPct: { description: 'packet loss between sites', default: 0, min: 0, max: mostLossPct },
  jitterMs: { description: 'jitter between sites', default: 0, min: 0, max: 1000 },
};

/** Paper §6.1, one echo per repetition. */
export const accessTable = measureTable({
  'round-trip-time': {
    unit: 'ms',
    description: 'at the client’s link: request comes to the router → answer leaves towards the client',
  },
  'round-trip-remainder': {
    unit: 'ms',
    description: 'what it is more than the latencies of its path: the paper’s X and Y',
  },
  'round-trip-time-client': {
    unit: 'ms',
    description: 'the same in the client’s process, as the paper measured it: before send() → after recv()',
  },
});

const access: Experiment = {
  id: 'access',
  title: 'Server access latency',
  source: 'paper §6.1',
  question: 'What does a client pay for reaching the server at its contact address?',
  topology: 'fig9',
  parameters,
  profiles: {
    smoke: {
      grid: [
        { cs1Ms: [10, 40], ssMs: [20], contactNode: [1, 2], routeOptimization: [0] },
        { cs1Ms: [40], ssMs: [80], contactNode: [1, 2], routeOptimization: [0] },
        { cs1Ms: [40], cs2Ms: [10], ssMs: [80], contactNode: [2], routeOptimization: [1] },
      ],
      repetitions: 3,
    },
    quick: {
      grid: [
        { cs1Ms: [10, 40, 80], ssMs: [20, 80], contactNode: [1, 2], routeOptimization: [0] },
        { cs1Ms: [10, 80], cs2Ms: [40], ssMs: [20], contactNode: [1, 2], routeOptimization: [1] },
        { cs1Ms: [40], cs2Ms: [10, 80], ssMs: [80], contactNode: [1, 2], routeOptimization: [1] },
        { cs1Ms: [40], cs2Ms: [10, 80], ssMs: [80], contactNode: [2], routeOptimization: [0] },
      ],
      repetitions: 20,
    },
    paper: {
      grid: [
        {
          cs1Ms: [0, 10, 20, 30, 40, 50, 60, 70, 80],
          ssMs: [0, 20, 40, 80],
          contactNode: [1, 2],
          routeOptimization: [0],
        },
        {
          cs1Ms: [10, 40, 80],
          cs2Ms: [10, 20, 40, 60, 80],
          ssMs: [20, 80],
          contactNode: [1, 2],
          routeOptimization: [1],
        },
        { cs1Ms: [40], cs2Ms: [10, 20, 60, 80], ssMs: [80], contactNode: [2], routeOptimization: [0] },
      ],
      repetitions: 100,
    },
  },
  variants: [],
  procedure: 'udp-echo',
  measures: measuresIn(accessTable),
  claims: saidBy('paper', '§6.1', accessClaims),
  plots: [
    {
      id: 'access',
      title: 'UDP echo of 128 octets through the home agent',
      measure: 'round-trip-time',
      x: { parameter: 'cs1Ms', title: 'one-way latency client – node 1 and its home agent, L_CS1 (ms)' },
      y: { title: 'round-trip time (ms)' },
      series: 'ssMs',
      seriesLabel: (p) => (p.contactNode === 1 ? '1, any L_SS' : `2, L_SS = ${p.ssMs} ms`),
      facet: { parameter: 'contactNode', title: 'configuration (number of the contact node)' },
      fit: { symbol: 'L_CS1' },
      where: { ...testbed, routeOptimization: 0 },
    },
    {
      id: 'access-optimized',
      title: 'What route optimisation saves (contact node 2, L_CS1 = 40 ms, L_SS = 80 ms)',
      measure: 'round-trip-time',
      x: { parameter: 'cs2Ms', title: 'one-way latency client – node 2, L_CS2 (ms)' },
      y: { title: 'round-trip time (ms)' },
      series: 'routeOptimization',
      seriesLabel: (p) => (p.routeOptimization === 1 ? 'direct' : 'through home agent 1'),
      fit: { symbol: 'L_CS2' },
      where: { ...testbed, contactNode: 2, cs1Ms: 40, ssMs: 80 },
    },
  ],
};

export default access;
