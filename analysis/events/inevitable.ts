import type { Parameters } from '../../experiments/experiment.ts';
import { linkLatencies } from '../../experiments/handoff.ts';
import { INITIAL_BINDACK_TIMEOUT, MAX_BINDACK_TIMEOUT } from '../../mip6/wire/constants.ts';

/** What a cell's own latencies bring about, without any loss. */
export interface Inevitable {
  /** transmissions of a Binding Update before the answer to the first can be there, at most */
  readonly updates: number;
  /** the client's FIN can be sent again before its acknowledgement is there */
  readonly endRepeated: boolean;
  /** of the longer path between the client and a member, at most, ms; what waits before a link's rate is not among it */
  readonly roundTripMs: number;
}

/** Octets of a Binding Update to a correspondent and of its answer on the wire, at most: Ethernet, IPv6, options, and a tunnel. */
const messageOctets = 256;
/** What programs and clocks add to a round trip of the network, ms. */
const ownMs = 2;
/** Linux's TCP_RTO_MIN, ms: what its timeout is above the round trip that it has measured, at least. */
const leastMarginMs = 200;

/**
 * From the plan's latencies and the timers of the RFCs: INITIAL_BINDACK_TIMEOUT is 1 s, doubled at each transmission up to
 * MAX_BINDACK_TIMEOUT (RFC 6275 §11.8, §12). A client has measured the round trip to the donor when its FIN goes to the acceptor:
 * where that is farther away by TCP's least margin, the FIN is sent twice (RFC 6298; Linux's tail loss probe likewise), is acknowledged
 * twice, and the second acknowledgement meets a connection that the first has ended.
 */
export function inevitable(parameters: Parameters): Inevitable {
  const { cs1Ms, cs2Ms } = linkLatencies(parameters);
  const { jitterMs = 0, rateKbit = Number.POSITIVE_INFINITY } = parameters;
  const answerMs = 2 * (cs2Ms + jitterMs) + (messageOctets * 8) / rateKbit + ownMs;
  const nearestMs = 2 * Math.max(0, cs1Ms - jitterMs);
  return {
    updates: transmissionsWithin(answerMs),
    endRepeated: answerMs >= nearestMs + leastMarginMs,
    roundTripMs: 2 * (Math.max(cs1Ms, cs2Ms) + jitterMs) + ownMs,
  };
}

/** How often a message goes out whose answer takes so long: at 0, 1, 3, 7, 15, 31 s, then every 32 s. */
export function transmissionsWithin(answerMs: number): number {
  let count = 1;
  let intervalMs = INITIAL_BINDACK_TIMEOUT * 1000;
  for (let at = intervalMs; at <= answerMs; at += intervalMs) {
    count += 1;
    intervalMs = Math.min(2 * intervalMs, MAX_BINDACK_TIMEOUT * 1000);
  }
  return count;
}
