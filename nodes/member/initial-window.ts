import { host } from '../../linux/recipes/parts.ts';
import type { Reconciler } from '../../linux/reconciler.ts';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** Segments that a sender may send on a path it knows nothing of (RFC 6928 §2). */
const INITIAL_WINDOW = 10;
const MS_PER_SECOND = 1000;
/** TCP timestamps, and the Home Address option of route optimisation (RFC 6275 §6.3). */
const OPTION_OCTETS = 12 + 24;

/**
 * The congestion window that a restored socket starts with, in segments: what the donor has in flight, which travels on the
 * donor's path and not on this one, and the initial window on top. With less, an acceptor would have to wait for the
 * client's acknowledgement of the donor's octets before its own first one: a round trip. `paced`: as much on top as the donor had in flight, which
 * leaves spread over a round trip: an initial window would be used up before the first acknowledgement.
 */
export function congestionWindowFor(state: TcpConnectionState, paced = false): number {
  const inFlight = segmentsOf(state, state.sent.length);
  return inFlight + Math.max(INITIAL_WINDOW, paced ? segmentsOf(state, flightOf(state)) : 0);
}

/**
 * Octets a second, of a socket that may have as much in flight as the donor's had: spread over a round trip of `roundTripMs`, and never slower than the
 * initial window.
 */
export function paceOf(state: TcpConnectionState, roundTripMs: number): number {
  const least = INITIAL_WINDOW * state.maximumSegmentSize;
  return (Math.max(least, flightOf(state)) * MS_PER_SECOND) / roundTripMs;
}

/** What the donor's path has carried at once, as far as the client takes as much. */
function flightOf({ sent, window }: TcpConnectionState): number {
  return Math.min(sent.length, window.send);
}

function segmentsOf({ maximumSegmentSize }: TcpConnectionState, octets: number): number {
  return Math.ceil(octets / Math.max(1, maximumSegmentSize - OPTION_OCTETS));
}

interface InitialWindow {
  readonly client: Ipv6Address;
  /** the contact address's own routing table, and the device that its packets leave by */
  readonly table: number;
  readonly device: string;
  readonly segments: number;
}

/**
 * Runs `connect` while sockets towards `client` start with a congestion window of `segments`. The kernel takes it from the
 * route at the instant of connecting, in repair mode too; afterwards the route is gone, and no other connection sees it.
 */
export function withInitialWindow<Result>(
  reconciler: Reconciler,
  { client, table, device, segments }: InitialWindow,
  connect: () => Result,
): Result {
  if (segments <= INITIAL_WINDOW) return connect();
  const group = `initial window ${client} in table ${table}`;
  const destination = host(client);
  reconciler.set(group, [{ kind: 'route', destination, device, table, initialCongestionWindow: segments }]);
  try {
    return connect();
  } finally {
    reconciler.clear(group);
  }
}
