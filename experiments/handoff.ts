import type { Measure, ParameterSpec, Parameters } from './experiment.ts';

/** One-way latency between members, ms: two round trips of a TLS handshake pass within the 10 s that members allow for it. */
export const farthestMembersMs = 2000;
/** Per direction and pair, %: beyond that TCP's timers grow faster than its transfers. */
export const mostLossPct = 10;

/**
 * SO_SNDBUF of the members' sockets where an experiment does not vary it (`sendBufferBytes`, see docs/parameters.md), which decides what
 * is left in one after the last send(). The kernel doubles the number for its own overhead, and it wakes a writer when a third is free:
 * with some values a microsecond decides whether it is woken once more, and 80 and 70 kB are left by turns.
 */
export const defaultSendBuffer = 84 * 1024;

/** What `--set` may name where one download of `bytes` is handed from node1 to node2 on the testbed of Fig. 9. */
export const handoffParameters: Readonly<Record<string, ParameterSpec>> = {
  csMs: { description: 'one-way latency client – both members', default: 40, min: 0, max: 10_000 },
  cs1Ms: { description: 'client – node1 alone, instead of csMs', min: 0, max: 10_000 },
  cs2Ms: { description: 'client – node2 alone, instead of csMs', min: 0, max: 10_000 },
  ssMs: { description: 'one-way latency node1 – node2', default: 20, min: 0, max: farthestMembersMs },
  rateKbit: { description: 'upstream rate of each home agent', default: 2000, min: 64, max: 10_000_000 },
  bytes: {
    description: 'size of the download',
    default: 1_000_000,
    min: 1,
    max: 64_000_000,
    integer: true,
  },
  firstBytes: {
    description: 'sent by the donor',
    default: 500_000,
    min: 1,
    max: 64_000_000,
    integer: true,
  },
  waitMs: { description: 'donor’s delay after the last send()', default: 0, min: 0, max: 60_000 },
  lossPct: { description: 'packet loss between sites', default: 0, min: 0, max: mostLossPct },
  windowBytes: {
    description: 'largest receive window that the client offers',
    default: 40_960,
    min: 2920,
    max: 1_000_000,
    integer: true,
  },
  sendBufferBytes: {
    description: 'send buffer (SO_SNDBUF) of the members’ sockets',
    default: 85_248,
    min: 4608,
    max: 1_000_000,
    integer: true,
  },
  bucketFrames: {
    description: 'room of the home agents’ token buckets, in full frames',
    default: 2,
    min: 1,
    max: 20,
  },
  quickAck: {
    description: '1: the client acknowledges each segment at once; 0: at its kernel’s own pace',
    default: 1,
    min: 0,
    max: 1,
    integer: true,
  },
  jitterMs: { description: 'jitter between sites', default: 0, min: 0, max: 1000 },
};

/** One-way latencies of a cell on the testbed: `csMs` is both to the client, `cs1Ms` and `cs2Ms` set one of them. */
export function linkLatencies({ csMs = 0, cs1Ms = csMs, cs2Ms = csMs, ssMs = 0 }: Parameters) {
  return { cs1Ms, cs2Ms, ssMs };
}

/** The phases of Table 1, by the packets that bound them at the router. */
const phases = [
  'last data packet from the donor → first Init packet',
  'first → last Init packet',
  'last Init packet → first HoTI or CoTI',
  'first HoTI or CoTI → last HoT or CoT',
  'last HoT or CoT → Binding Update',
  'Binding Update → Binding Acknowledgement',
  'Binding Acknowledgement → first data packet from the acceptor',
] as const;

/** What is read from each repetition's part of the capture. */
export const handoffMeasures: readonly Measure[] = [
  {
    name: 'handoff-gap',
    unit: 'ms',
    description: 'at the client: last packet from the donor → first data packet from the acceptor',
  },
  ...phases.map((description, index) => ({ name: `phase-${index + 1}`, unit: 'ms', description })),
  {
    name: 'handoff-total',
    unit: 'ms',
    description: 'last data packet from the donor → first data packet from the acceptor, at the router',
  },
  { name: 'handoff-rest', unit: 'ms', description: 'of that, all but phase 2' },
  {
    name: 'after-empty',
    unit: 'ms',
    description: 'last acknowledgement on its way to the donor → first packet of Init, at the router',
  },
  { name: 'state-bytes', unit: 'bytes', description: 'payload octets of the Init message' },
];

/** What the client notices of a handoff, and what it costs, beside the gap; of a client that was not moved as well. */
export const atlasMeasures: readonly Measure[] = [
  {
    name: 'gap-but-waits',
    unit: 'ms',
    description:
      'the gap less the time that the packets of Init take one behind the other, and what tests in advance end later than Init',
  },
  {
    name: 'longest-stall',
    unit: 'ms',
    description:
      'at the client: the longest time without a further octet that it can read, from the middle of the first part on',
  },
  {
    name: 'first-second',
    unit: 'octets',
    description: 'what the client can read more one second behind the donor’s last data packet',
  },
  { name: 'sent-again', unit: 'octets', description: 'payload from the servers that had come before' },
  {
    name: 'signalling-before',
    unit: 'octets',
    description:
      'of Mobility Header packets and members’ frames about the handoff, up to the acceptor’s first data packet',
  },
  {
    name: 'signalling-after',
    unit: 'octets',
    description: 'of the same behind it, without the deletion of the binding',
  },
  { name: 'client-drops', unit: 'packets', description: 'what the client’s own kernel dropped (xfrm_stat)' },
];

/** What became of the client, whatever its handoff was like: no repetition is left out. */
export const clientMeasures: readonly Measure[] = outcomeMeasures('client');

/** The same of an experiment that asks what a fault does. */
export function outcomeMeasures(prefix: 'client' | 'fault'): readonly Measure[] {
  const measures: readonly Measure[] = [
    {
      name: 'outcome',
      unit: '',
      description:
        '0: the acceptor finished, 1: the donor did and never let go, 2: it took the client back, 3: the connection was lost',
    },
    {
      name: 'wrong-octets',
      unit: 'octets',
      description: 'the client received that are not the document’s',
    },
    { name: 'resets', unit: 'packets', description: 'resets towards a client that had not closed' },
    {
      name: 'further-changes',
      unit: '',
      description: 'how often another member began to send new octets, beyond the way over and back',
    },
    { name: 'broken', unit: '', description: '1: the document did not come to its end' },
    {
      name: 'stall',
      unit: 'ms',
      description: 'the longest time without a further octet that the client could read',
    },
  ];
  return measures.map((measure) => ({ ...measure, name: `${prefix}-${measure.name}` }));
}

/** What the donor's process says of its own work (paper §6.2 compares it with phase 1). */
export const extractionMeasure: Measure = {
  name: 'extraction-call',
  unit: 'ms',
  description: 'in the donor’s process: the call that freezes and extracts the socket',
};

/** The phases once more, as the members' own processes stamp them. */
const processSteps = [
  'the donor’s library is called → Init is handed to the channel',
  'Init is handed to the channel → all of it is there',
  'all of Init is there → return routability is started',
  'return routability is started → both tokens are there',
  'both tokens and Init are there → the Binding Update is sent',
  'the Binding Update is sent → its acknowledgement is there',
  'the acknowledgement is there → the socket is active',
] as const;

/** What the processes say, beside what the capture says. */
export const processMeasures: readonly Measure[] = [
  ...processSteps.map((description, index) => ({
    name: `process-phase-${index + 1}`,
    unit: 'ms',
    description: `in the processes: ${description}`,
  })),
  {
    name: 'phase-disagreement',
    unit: 'ms',
    description: 'largest difference between capture and processes in the phases 3 to 7',
  },
];

/** When the messages of a handoff passed the router, for their order. */
export const instantMeasures: readonly Measure[] = [
  ['at-prepare', 'Prepare comes from the donor'],
  ['at-last-data', 'the donor’s last data packet comes'],
  ['at-last-ack', 'the client’s last acknowledgement before Init leaves towards the donor'],
  ['at-init', 'the first packet of Init comes from the donor'],
  ['at-home-test-init', 'HoTI comes from the acceptor'],
  ['at-care-of-test-init', 'CoTI comes from the acceptor'],
  ['at-home-test', 'HoT leaves towards the acceptor'],
  ['at-care-of-test', 'CoT leaves towards the acceptor'],
  ['at-binding-update', 'the accepted Binding Update comes from the acceptor'],
  ['at-binding-acknowledgement', 'its acknowledgement leaves towards the acceptor'],
  ['at-first-data', 'the acceptor’s first data packet comes'],
].map(([name, event]) => ({
  name: name!,
  unit: 'ms',
  description: `since the client’s SYN, at the router: ${event}`,
}));
