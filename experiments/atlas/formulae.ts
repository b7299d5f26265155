import type { Parameters } from '../experiment.ts';
import { linkLatencies } from '../handoff.ts';

/** A full frame of the testbed on the wire, octets: payload 1388, TCP 32, IPv6 40, Home Address option 24, Ethernet 14. */
const frameOctets = 1498;

/** What the gap of a variant is made of. */
interface Formula {
  /** a name in `server/variants/variants.ts` */
  readonly variant: string;
  /** `early`: as soon as the acceptor is known, seconds before the handoff */
  readonly prepared?: 'early';
  /** what it gives, ms */
  readonly gap: (p: Parameters) => number;
  /** for people: L1, L2 are the one-way latencies from client to donor and acceptor, S between them */
  readonly text: string;
  /**
   * what of the gap it speaks of; where the donor's socket is not empty, not of what then hangs on how TCP fills a queue: the packets of
   * Init behind its first one, and tests in advance that wait behind them
   */
  readonly measure: 'handoff-gap' | 'gap-but-waits';
  /** ms */
  readonly tolerance: (p: Parameters) => number;
  readonly toleranceReason: string;
}

/**
 * From a Binding Update to the first data behind it, which the client's daemon needs some of. It is set to 1 ms, and a process's timer of
 * 1 ms ends between 1 and 2 ms later: instants are rounded up to whole ms.
 */
const guardMs = 1.5;

/** What a donor adds to its estimates of the ways, so that the acceptor's first packet is not at the client before its own last one. */
const marginMs = 1;

/** A Binding Update with an Alternate Care-of Address, and Init without payload, as they pass the donor's shaper, octets. */
export const inBandOctets = { update: 136, init: 275 };

interface Trips {
  readonly l1: number;
  readonly l2: number;
  readonly s: number;
  /** return routability by the acceptor: the slower of the home test, by way of the contact node (the donor), and the care-of test */
  readonly r: number;
  /** how long a full frame takes at the home agents' rate */
  readonly delta: number;
  /** how long Init without payload takes at the rate */
  readonly init: number;
  /** how long the two copies of the Binding Update take that the donor sends before it */
  readonly inBand: number;
}

function tripsOf(p: Parameters): Trips {
  const { cs1Ms: l1, cs2Ms: l2, ssMs: s } = linkLatencies(p);
  return {
    l1,
    l2,
    s,
    r: Math.max(2 * s + 2 * l1, 2 * l2),
    delta: packetMs(p),
    init: atRate(inBandOctets.init, p),
    inBand: 2 * atRate(inBandOctets.update, p),
  };
}

/** How long a full frame takes at the home agents' rate, ms. */
function packetMs(p: Parameters): number {
  return atRate(frameOctets, p);
}

function atRate(octets: number, { rateKbit = Number.POSITIVE_INFINITY }: Parameters): number {
  return (8 * octets) / rateKbit;
}

const within1: Pick<Formula, 'tolerance' | 'toleranceReason'> = {
  tolerance: () => 1,
  toleranceReason:
    'a trip more or less is 5 ms at least; messages of 0.5 ms each at 2 Mbit/s pass in the shapers’ buckets, and processes only read clocks',
};

/** Of a cut that is announced: the gap is what the next packet takes, at most. */
const withinPacket: Pick<Formula, 'tolerance' | 'toleranceReason'> = {
  tolerance: (p) => packetMs(p) - marginMs - guardMs,
  toleranceReason:
    'one packet at the rate is the bound: a donor knows when its last octet leaves by the segment, and two timers of whole ms end up to 1 ms late',
};

/** From the paper's variants upwards, each with its terms. `R = max(2·S + 2·L1, 2·L2)`. */
export const formulae: readonly Formula[] = [
  {
    variant: 'none',
    gap: of(({ delta }) => delta),
    text: 'δ, one packet at the rate',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'baseline',
    gap: of(({ l1, l2, s, r, delta }) => s + delta + r + 3 * l2 - l1),
    text: 'S + δ + R + 3·L2 − L1',
    measure: 'gap-but-waits',
    ...within1,
  },
  {
    variant: 'advance-rr',
    gap: of(({ l1, l2, s, delta }) => s + delta + 3 * l2 - l1),
    text: 'S + δ + 3·L2 − L1',
    measure: 'gap-but-waits',
    ...within1,
  },
  {
    variant: 'drain',
    gap: of(({ l1, l2, s, r }) => l1 + s + r + 3 * l2),
    text: 'L1 + S + R + 3·L2',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'drain+advance-rr',
    gap: of(({ l1, l2, s }) => l1 + s + 3 * l2),
    text: 'L1 + S + 3·L2',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'at-update',
    gap: of(({ l1, l2, s }) => l1 + s + l2 + guardMs),
    text: 'L1 + S + L2 + 1.5 ms of guard',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'tunnel-first',
    gap: of(({ l1, s }) => 2 * l1 + 2 * s),
    text: '2·L1 + 2·S',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'unforeseen',
    gap: of(({ l1, l2, s }) => l1 + s + 3 * l2 + guardMs),
    text: 'L1 + S + 3·L2 + 1.5 ms of guard',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'unforeseen-standing',
    prepared: 'early',
    gap: of(({ l1, l2, s }) => l1 + s + l2 + guardMs),
    text: 'L1 + S + L2 + 1.5 ms of guard',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'unforeseen-tunnel',
    gap: of(({ s, init }) => 2 * s + init),
    text: '2·S and Init at the rate',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'positions',
    prepared: 'early',
    gap: of((trips) => behind(trips) + trips.init + guardMs),
    text: 'max(1 ms, S + L2 − L1) + Init at the rate + 1.5 ms of guard',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'in-band',
    prepared: 'early',
    gap: of((trips) => behind(trips) + trips.inBand + trips.init),
    text: 'max(1 ms, S + L2 − L1) + two updates and Init at the rate',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'in-band+own',
    prepared: 'early',
    gap: of((trips) => behind(trips) + trips.inBand + trips.init + guardMs),
    text: 'max(1 ms, S + L2 − L1) + two updates and Init at the rate + 1.5 ms of guard',
    measure: 'handoff-gap',
    ...within1,
  },
  {
    variant: 'timed',
    prepared: 'early',
    gap: of(({ inBand }) => marginMs + inBand),
    text: '1 ms and two updates at the rate',
    measure: 'handoff-gap',
    ...withinPacket,
  },
  {
    variant: 'binding-first',
    prepared: 'early',
    gap: of(() => marginMs + guardMs),
    text: '1 ms and 1.5 ms of guard',
    measure: 'handoff-gap',
    ...withinPacket,
  },
  {
    variant: 'adaptive',
    prepared: 'early',
    gap: of(() => marginMs + guardMs),
    text: '1 ms and 1.5 ms of guard, where the application makes again what is on its way',
    measure: 'handoff-gap',
    ...withinPacket,
  },
];

/**
 * By how much the way by the other member is longer than the donor's own: the donor's last data take the one, Init and the first new data the
 * other. Where it is the shorter one the acceptor is told to wait for the difference.
 */
function behind({ l1, l2, s }: Trips): number {
  return Math.max(marginMs, s + l2 - l1);
}

function of(gap: (trips: Trips) => number): Formula['gap'] {
  return (p) => gap(tripsOf(p));
}
