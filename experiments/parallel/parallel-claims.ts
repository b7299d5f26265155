import { anyOf, anyValue } from '../any-value.ts';
import type { Claim, Parameters } from '../experiment.ts';
import { downloadMs, frameMs, gapMs, overhead } from './theory.ts';

/** An access link that limits nothing. */
export const wideLinkKbit = 100_000;
/** Above the rate of one member, below that of two. */
export const narrowLinkKbit = 3000;
/** With this window an acceptor's test messages are through the donor's queue before the queue is empty: see gapMs. */
export const testbed = { csMs: 40, ssMs: 20, rateKbit: 2000, windowBytes: 40_960, lossPct: 0 };

const source = 'paper §7.3';
const variant = 'drain+advance-rr';
/** Slow start is over in each range, and what follows is the link's rate. */
const longEnough = { bytes: { min: 500_000 } };
const wide = {
  ...testbed,
  ...longEnough,
  contactAddresses: anyValue,
  clientRateKbit: wideLinkKbit,
  variant,
  clock: 'virtual',
};
/** What must hold for any number of ranges, over any network. */
const anywhere = anyOf(
  'contactAddresses',
  'handoff',
  'csMs',
  'ssMs',
  'rateKbit',
  'clientRateKbit',
  'windowBytes',
  'lossPct',
);
/**
 * Two frames. The formula leaves out less than a frame's octets more, in the head of the response and what signalling shares the link,
 * and less than one less: packets before the binding, for 8·L_CS at most where the first update meets an old sequence number (RFC 6275
 * §9.5.1), go without the 24 octets of the Home Address option.
 */
const framesReason =
  'two frames at a member’s rate: one in the head of the response and signalling, one for packets before the binding';
const toleranceMs = (p: Parameters) => 2 * frameMs(p.rateKbit!);
/** Ranges that share a link end apart by at most what is on its way, a receive window; that much comes at one member's rate. */
const unevenMs = (p: Parameters) => p.windowBytes! * 8 * (1 / p.rateKbit! - 1 / p.clientRateKbit!);
/** What slow start waits in each range, and the frame that its last segment does not fill: once for every range more than one. */
const perRangeMs = 2 * testbed.csMs - 12 * frameMs(testbed.rateKbit) + frameMs(testbed.rateKbit);
const mostRanges = 4;
const setupMs = 4 * testbed.csMs + 2 * testbed.csMs - 12 * frameMs(testbed.rateKbit);

const alone = { ...wide, handoff: 0 };
/** In the middle of a shorter range the contact node has no binding with the client yet, which the handoff then waits for. */
const handedOff = { ...wide, handoff: 1 };

export const parallelClaims: readonly Claim[] = [
  {
    kind: 'value',
    id: 'parallel-time',
    source,
    statement: 'c members at c sites bring the document in 1/c of the time and what a connection costs',
    measure: 'download-time',
    where: alone,
    expected: downloadMs,
    formula: '4·L_CS + slow start + document/(c·goodput)',
    tolerance: toleranceMs,
    toleranceReason: framesReason,
    unit: 'ms',
  },
  {
    kind: 'regression',
    id: 'parallel-rate',
    source,
    statement: 'The time is document/(c·goodput) and a setup that depends on neither',
    measure: 'download-time',
    where: alone,
    terms: [
      {
        parameter: 'documentMs',
        value: (p) => (p.bytes! * 8) / (p.contactAddresses! * p.rateKbit!),
        symbol: 'document/(c·rate)',
        expected: overhead,
        tolerance: 0.002,
      },
    ],
    intercept: {
      unit: 'ms',
      explanation: 'two round trips, and what slow start waits for its first acknowledgement',
      expected: setupMs,
      tolerance: toleranceMs(testbed),
    },
    toleranceReason: `${framesReason}; over the 6 s between one range and four of 2 MB`,
  },
  ...[alone, handedOff].flatMap((where): Claim[] => {
    const suffix = where.handoff === 1 ? '-handoff' : '';
    const words = where.handoff === 1 ? ', also where each is handed off' : '';
    return [
      {
        kind: 'constant',
        id: `parallel-product${suffix}`,
        source,
        statement: `The number of ranges times the time of a range does not depend on the number${words}`,
        measure: 'transfer-product',
        where: { ...where, bytes: 2_000_000 },
        over: 'contactAddresses',
        tolerance: (mostRanges - 1) * perRangeMs,
        toleranceReason:
          'what slow start waits in each range, and the frame that its last segment does not fill, for every range more than one',
        unit: 'ms',
      },
      {
        kind: 'monotone',
        id: `parallel-falls${suffix}`,
        source,
        statement: `With each contact address the document is there sooner${words}`,
        measure: 'download-time',
        where: { ...where, bytes: 2_000_000 },
        over: 'contactAddresses',
        direction: 'falls',
        toleranceReason: 'none: at every step',
      },
    ];
  }),
  {
    kind: 'value',
    id: 'parallel-time-handoff',
    source: 'paper §7.3, §7.4',
    statement: 'Handing every range off in its middle costs one gap, not one for each',
    measure: 'download-time',
    where: handedOff,
    expected: downloadMs,
    formula: '4·L_CS + slow start + document/(c·goodput) + 4·L_CS + L_SS',
    tolerance: toleranceMs,
    toleranceReason: framesReason,
    unit: 'ms',
  },
  {
    kind: 'value',
    id: 'parallel-gap',
    source: 'paper §6.4, §7.4',
    statement: 'One client’s handoffs at different contact addresses do not wait for each other',
    measure: 'range-handoff-gap',
    where: handedOff,
    expected: gapMs,
    formula: '4·L_CS + L_SS',
    tolerance: 1,
    toleranceReason: 'a trip is 20 ms at least; processes read the clock in 0.1 ms',
    unit: 'ms',
  },
  {
    kind: 'value',
    id: 'parallel-client-link',
    source: 'beyond the paper',
    statement: 'Where the client’s access link is the narrowest, more contact addresses help no further',
    measure: 'download-time',
    where: {
      ...testbed,
      ...longEnough,
      handoff: anyValue,
      clientRateKbit: narrowLinkKbit,
      contactAddresses: { min: 2 },
      clock: 'virtual',
    },
    expected: downloadMs,
    formula: '4·L_CS + document/goodput of the access link',
    tolerance: (p) => toleranceMs(p) + unevenMs(p),
    toleranceReason: `${framesReason}; ranges that share a link end apart by a window at most`,
    unit: 'ms',
  },
  {
    kind: 'value',
    id: 'parallel-members',
    source,
    statement: 'Every member sends: contact nodes, and acceptors where there are handoffs',
    measure: 'serving-members',
    where: { ...anywhere, ...longEnough },
    expected: (p) => p.contactAddresses! * (1 + p.handoff!),
    formula: 'c·(1 + handoff)',
    tolerance: 0,
    toleranceReason: 'none: these are counted',
    unit: 'members',
  },
  {
    kind: 'value',
    id: 'parallel-acceptors',
    source: 'paper §7.3, §7.4',
    statement: 'A range that is handed off is finished by its acceptor, over the optimised route',
    measure: 'ranges-finished-by-acceptor',
    where: { ...anywhere, ...longEnough },
    expected: (p) => p.contactAddresses! * p.handoff!,
    formula: 'c·handoff',
    tolerance: 0,
    toleranceReason: 'none: these are counted',
    unit: 'ranges',
  },
  {
    kind: 'value',
    id: 'parallel-intact',
    source,
    statement: 'The ranges that curl has fetched make up the document, octet for octet (SHA-256)',
    measure: 'document-octets',
    where: { ...anywhere, bytes: anyValue },
    expected: (p) => p.bytes!,
    formula: 'bytes',
    tolerance: 0,
    toleranceReason: 'none: these are counted',
    unit: 'octets',
  },
];
