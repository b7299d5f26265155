/** Something that §6 of the paper says: in words of our own, with every number that stands there. */
interface PaperStatement {
  readonly section: '§6' | '§6.1' | '§6.2' | '§6.3' | '§6.4';
  readonly says: string;
  /** ids of the claims that judge it */
  readonly claims?: readonly string[];
  /** why nothing is judged: what it is about instead, and where that stands */
  readonly otherwise?: string;
}

const RATES = [
  [100_000, '100 Mbit/s'],
  [2000, '2 Mbit/s'],
  [1500, '1.5 Mbit/s'],
  [1000, '1 Mbit/s'],
] as const;

/** Rows of Table 1 as it is printed, ms. */
const TABLE_1 = [
  ['1', 'socket extraction', [0.8, 5.8, 6.9, 11.8]],
  ['2', 'state transfer', [6.5, 319.1, 434.1, 648.2]],
  ['3', 'socket re-creation', [2.2, 2.1, 2.1, 2.2]],
  ['4', 'the return routability procedure', [2.5, 3.7, 4.9, 8.9]],
  ['5', 'construction of the Binding Update', [2.7, 2.7, 2.7, 2.7]],
  ['6', 'the binding management procedure', [2.6, 2.6, 2.6, 2.6]],
  ['7', 'socket activation', [1.1, 1.1, 1.1, 1.1]],
  ['total', 'the whole handoff', [18.4, 337.1, 454.4, 677.5]],
] as const;

const table1: readonly PaperStatement[] = TABLE_1.flatMap(([row, name, values]) =>
  RATES.map(([rate, label], column) => ({
    section: '§6.2' as const,
    says: `Table 1: ${name} takes ${values[column]} ms at ${label}`,
    claims: [
      `table1-${row}-at-${rate}`,
      ...(row === 'total' && rate < 100_000 ? [`table1-rest-at-${rate}`] : []),
    ],
  })),
);

const DESIGN = 'how it was measured, not what came out';

/** All that §6 says, in its order. */
export const paperStatements: readonly PaperStatement[] = [
  {
    section: '§6',
    says: 'a testbed of one router that emulates wide-area latencies, a client, two members in different networks behind their home agents',
    otherwise: `${DESIGN}: \`topologies/\`, docs/lab.md`,
  },
  {
    section: '§6',
    says: 'Linux 2.4.20 and 2.6.8.1, MIPL-2.0-RC1, Pentium III processors of 450 to 700 MHz',
    otherwise:
      'machines that nobody has any more: local costs are judged by their relations, docs/parameters.md',
  },
  {
    section: '§6.1',
    says: 'the access latency is that between client and home agent and that between home agent and contact node',
    claims: ['access-1-cells', 'access-2-cells'],
  },
  {
    section: '§6.1',
    says: 'UDP echoes of 128 octets, 100 for each pair of latencies, averaged',
    otherwise: `${DESIGN}: \`experiments/access.ts\``,
  },
  { section: '§6.1', says: 'the results are very consistent', claims: ['access-1-cells', 'access-2-cells'] },
  { section: '§6.1', says: 'configuration 1: 2·L_CS1 + X', claims: ['access-1', 'access-1-cells'] },
  { section: '§6.1', says: 'configuration 2: 2·L_CS1 + 2·L_SS + Y', claims: ['access-2', 'access-2-cells'] },
  { section: '§6.1', says: 'X is small, 2.13 ms on average', claims: ['access-x'] },
  {
    section: '§6.1',
    says: 'Y is small, 3.61 ms on average, more than X',
    claims: ['access-y', 'access-y-more'],
  },
  {
    section: '§6.1',
    says: 'X and Y come from Ethernet links and from processing at the machines on the way, of which configuration 2 has two more',
    claims: ['access-y-more'],
  },
  {
    section: '§6.1',
    says: 'route optimisation runs beside the application’s exchange, and is left out here',
    otherwise: 'ours goes beyond: `access-optimized`',
  },
  {
    section: '§6.2',
    says: '1 MB on request: 500 kB from node 1, a handoff right behind the last send(), 500 kB from node 2; 100 sessions; cbq at the home agents’ egress',
    otherwise: `${DESIGN}: \`experiments/table1.ts\`; tbf in place of cbq, docs/parameters.md`,
  },
  {
    section: '§6.2',
    says: 'seven phases, delimited by packets at the router',
    otherwise: `${DESIGN}: \`analysis/phases/\``,
  },
  ...table1,
  {
    section: '§6.2',
    says: 'extraction as packets show it takes 0.8 to 11.8 ms, depending on the rate',
    claims: ['table1-phase-1-shaping'],
  },
  {
    section: '§6.2',
    says: 'it is entirely local, and should not depend on the rate',
    claims: ['table1-call-independent'],
  },
  {
    section: '§6.2',
    says: 'the extracting call itself takes 0.8 ms on average',
    claims: ['table1-extraction-call'],
  },
  {
    section: '§6.2',
    says: 'the higher values come from packets that the shaping delays',
    claims: ['table1-phase-1-shaping', 'table1-call-independent'],
  },
  {
    section: '§6.2',
    says: 'most of the time is spent on transferring the state',
    claims: ['table1-most', 'table1-state-longest'],
  },
  {
    section: '§6.2',
    says: 'its duration is proportional to the bandwidth’s inverse',
    claims: ['table1-phase-2-rate', 'table1-share-rises'],
  },
  { section: '§6.2', says: 'the state has 90 kB each time', claims: ['table1-state', 'table1-state-each'] },
  { section: '§6.2', says: 'it accounts for up to 95 % of the total, at 1 Mbit/s', claims: ['table1-share'] },
  {
    section: '§6.2',
    says: 're-creating the socket, constructing the Binding Update and activating the socket are relatively fast',
    claims: ['table1-phase-3-share', 'table1-phase-5-share', 'table1-phase-7-share'],
  },
  {
    section: '§6.2',
    says: 'and independent of the bandwidth (phases 3, 5, 7)',
    claims: ['table1-phase-3-independent', 'table1-phase-5-independent', 'table1-phase-7-independent'],
  },
  {
    section: '§6.2',
    says: 'return routability shows some dependency on the bandwidth (phase 4), which is artificial: small packets are delayed by the shaping',
    claims: ['table1-phase-4-shaping', 'table1-phase-4-rises'],
  },
  {
    section: '§6.2',
    says: 'no such delays in phase 6: the network is empty by then',
    claims: ['table1-phase-6-constant', 'table1-phase-6-independent'],
  },
  {
    section: '§6.2',
    says: 'with latencies, L_CS1 = L_CS2, the results are similar but for trips',
    claims: ['table1-total-latency'],
  },
  { section: '§6.2', says: 'phase 2 varies by L_SS', claims: ['table1-phase-2-latency'] },
  { section: '§6.2', says: 'phase 4 varies by 2·L_SS + 2·L_CS1', claims: ['table1-phase-4-latency'] },
  { section: '§6.2', says: 'phase 6 varies by 2·L_CS2', claims: ['table1-phase-6-latency'] },
  {
    section: '§6.3',
    says: 'the buffers are nearly full behind the last send(): about 90 kB',
    claims: ['table1-state'],
  },
  {
    section: '§6.3',
    says: 'waiting lets the client acknowledge, which makes the state smaller',
    claims: ['fig10-falls'],
  },
  {
    section: '§6.3',
    says: 'the client-perceived handoff time: from the last packet of the donor to the first one of the acceptor',
    otherwise: 'a definition: `gap`, docs/glossary.md',
  },
  {
    section: '§6.3',
    says: '100 sessions of 1 MB, waiting 0 to 1000 ms in steps of 25 ms, three bandwidths, several latencies',
    otherwise: `${DESIGN}: profile \`paper\` of \`experiments/fig10.ts\``,
  },
  {
    section: '§6.3',
    says: 'more waiting makes the handoff time fall to some minimum',
    claims: ['fig10-falls'],
  },
  { section: '§6.3', says: 'behind it the handoff time rises', claims: ['fig10-rises'] },
  {
    section: '§6.3',
    says: 'the minimum is where the socket was extracted just behind the client’s last acknowledgement',
    claims: ['fig10-place', 'fig10-least'],
  },
  {
    section: '§6.3',
    says: 'the state then has only 90 octets',
    claims: ['fig10-empty-octets', 'fig10-empty-packet'],
  },
  {
    section: '§6.3',
    says: 'it is transferred in the one-way latency between donor and acceptor',
    claims: ['fig10-empty-trip'],
  },
  {
    section: '§6.3',
    says: 'the donor should empty its buffers before it freezes the socket',
    claims: ['fig10-least', 'fig10-empty'],
  },
  {
    section: '§6.4',
    says: 'the state is a single packet from donor to acceptor',
    claims: ['fig11-empty-state', 'fig10-empty-packet'],
  },
  {
    section: '§6.4',
    says: 'local processing is negligible: the handoff time depends on the paths’ latencies alone',
    claims: ['fig12-drain-cells', 'fig12-advance-rr-cells', 'fig11-state-trip'],
  },
  {
    section: '§6.4',
    says: 'Fig. 11(a): last acknowledgement, Init, the whole MIPv6 handoff, first data, one after the other',
    claims: ['fig11a'],
  },
  {
    section: '§6.4',
    says: 'Fig. 11(b): return routability in advance takes its time out of the handoff time',
    claims: ['fig11b', 'fig12-reduction'],
  },
  {
    section: '§6.4',
    says: 'the Binding Update is sent immediately behind Init',
    claims: ['fig11b-update-at-once'],
  },
  {
    section: '§6.4',
    says: 'Prepare is sent right behind the last send(), before the donor waits for the socket to become empty',
    claims: ['fig11b-drain'],
  },
  {
    section: '§6.4',
    says: '100 sessions at 2 Mbit/s; (a) L_SS 20 ms, L_CS 10 to 80; (b) L_CS 40 ms, L_SS 10 to 80',
    otherwise: `${DESIGN}: profile \`paper\` of \`experiments/fig12.ts\``,
  },
  { section: '§6.4', says: 'the reduction is proportional to both latencies', claims: ['fig12-reduction'] },
  { section: '§6.4', says: 'from about 6·L_CS + 3·L_SS', claims: ['fig12-drain', 'fig12-drain-cells'] },
  { section: '§6.4', says: 'to about 4·L_CS + L_SS', claims: ['fig12-advance-rr', 'fig12-advance-rr-cells'] },
  {
    section: '§6.4',
    says: 'the tunnelled part of return routability takes about L_SS a way between acceptor and contact node',
    claims: ['fig12-reduction', 'table1-phase-4-latency'],
  },
  {
    section: '§6.4',
    says: 'the gain is lower where the wait is too short for return routability to finish: a steeper slope in Fig. 12(b) from L_SS = 60 ms',
    claims: ['fig12-late-slope'],
  },
  {
    section: '§6.3',
    says: 'Figures 10 and 12 are plots of measured points',
    otherwise: 'our copy of the paper has them as text alone: no points were digitised',
  },
];
