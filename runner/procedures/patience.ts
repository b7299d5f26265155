import type { Topology } from '../../topologies/topology.ts';

/** What members wait where latencies are of the usual size, ms; the second two are the members' own defaults. */
const usual = { doneTimeoutMs: 60_000, channelTimeoutMs: 5000, leaseMs: 5000 } as const;
/** A lost segment may be waited for by a timer, which has doubled where the segments before were lost too. */
const lossWaitMs = 5000;
const leastSegmentOctets = 1200;

/** What losses may add to a transfer, ms: a timer for each of them, where links lose any. */
export function lossesMs(bytes: number, lossPct: number): number {
  return Math.ceil((bytes / leastSegmentOctets) * (lossPct / 100) * lossWaitMs);
}

/** Seconds of the lab's clock in which every program must report that it serves, with latencies of the usual size. */
export const usualReadyS = 60;
/** One-way trips, one behind the other. A handoff: Prepare, two address tests, Init, the binding, retransmissions beside. */
const handoffTrips = 24;
/** A segment and its acknowledgement, or a question to the client and its answer by way of the contact node; twice. */
const answerTrips = 6;
/** A member's start: connection and TLS to each peer, a home registration, both of which may meet a peer that is not there yet. */
const startTrips = 16;
/** TLS's, a datagram's, a TCP connection's last segments and the deletion of a binding. */
const farewellTrips = 4;

/** The longest one-way way between two sites, or over one link, ms: jitter included. */
export function longestTripMs({ links, pairLatencies }: Topology): number {
  const delays = [
    ...pairLatencies.map(({ delayMs, jitterMs = 0 }) => delayMs + jitterMs),
    ...links.flatMap(({ delayMs = 0, jitterMs = 0, aToB, bToA }) =>
      [{}, aToB ?? {}, bToA ?? {}].map((own) => (own.delayMs ?? delayMs) + (own.jitterMs ?? jitterMs)),
    ),
  ];
  return Math.max(0, ...delays);
}

/**
 * How long members wait for each other, as their configurations have it: the usual times, or so many trips where a trip takes seconds.
 * A limit below what the network itself takes would end every handoff.
 */
export function memberPatience(tripMs: number): {
  readonly doneTimeoutMs: number;
  readonly channelTimeoutMs?: number;
  readonly leaseMs?: number;
} {
  const answerMs = Math.ceil(answerTrips * tripMs);
  const doneTimeoutMs = waitFor(usual.doneTimeoutMs, tripMs);
  return {
    doneTimeoutMs,
    ...(answerMs > usual.channelTimeoutMs ? { channelTimeoutMs: answerMs, leaseMs: answerMs } : {}),
  };
}

/** For as many trips as a handoff or a first binding takes, or for `usualMs` where that is longer. */
export function waitFor(usualMs: number, tripMs: number): number {
  return Math.max(usualMs, Math.ceil(handoffTrips * tripMs));
}

/** What so many octets that have been sent at once take to leave, ms. */
export function queueMs(octets: number, rateKbit: number): number {
  return (octets * 8) / rateKbit;
}

/** Twice what a document takes that comes a receive window per round trip, ms. */
export function windowsMs(bytes: number, windowBytes: number, tripMs: number): number {
  return 2 * (bytes / windowBytes) * 2 * tripMs;
}

/** Seconds of the lab's clock in which every program must report that it serves. */
export function readySeconds(topology: Topology): number {
  return Math.max(usualReadyS, Math.ceil((startTrips * longestTripMs(topology)) / 1000));
}

/** What a client waits behind its last session, ms: `usualMs`, or the trips of the last messages. */
export function lingerFor(usualMs: number, tripMs: number): number {
  return Math.max(usualMs, Math.ceil(farewellTrips * tripMs));
}
