import type { Parameters } from '../experiment.ts';

/**
 * Octets of the document in a full segment, and of headers around them. The client's SYN went through the home tunnel, whose MTU of
 * 1460 leaves 1388 octets beside IPv6 (40), TCP (20) and time stamps (12); Ethernet (14) and the Home Address option (24) come on top.
 */
const segmentOctets = 1388;
const headerOctets = 110;
/** Of the home agents' shapers: what a full bucket lets pass at once, in frames. */
const bucketFrames = 3;
/** RFC 6928: segments before the first acknowledgement; one of them is the response's head. */
const initialWindow = 10;
const headSegments = 1;
/** More doublings than any window has. */
const mostRounds = 100_000;

/** Time of a full frame at a rate, ms. */
export function frameMs(rateKbit: number): number {
  return ((segmentOctets + headerOctets) * 8) / rateKbit;
}

/** What the document's octets cost on the wire: frames to segments. */
export const overhead = (segmentOctets + headerOctets) / segmentOctets;

/**
 * From the sender's first segment to the last one's leaving a token bucket, ms: `octets` over `streams` connections that begin together
 * and share the link. Each round trip of slow start begins with its first acknowledgement; while the sender waits for that, the bucket
 * fills, but holds no more than three frames. A last segment that is not full waits until the response's head, which is short too, is
 * acknowledged: Nagle's algorithm (RFC 896), of which Linux has Minshall's form.
 */
export function sendingMs(link: {
  readonly octets: number;
  readonly rateKbit: number;
  readonly csMs: number;
  readonly streams: number;
  /** the response's head goes before the octets, in a segment of its own */
  readonly head: boolean;
  /** of the receiver, per connection */
  readonly windowBytes: number;
}): number {
  const { octets, rateKbit, csMs, streams, head, windowBytes } = link;
  const frame = frameMs(rateKbit);
  const segments = Math.ceil(octets / segmentOctets);
  const largestWindow = Math.max(1, Math.floor(windowBytes / segmentOctets));
  const lastIsShort = segments * segmentOctets - octets;
  const firstWindow = initialWindow - (head ? headSegments : 0);
  const held = head && (octets / streams) % segmentOctets !== 0 ? 1 : 0;
  let busyUntil = -bucketFrames * frame;
  let sent = 0;
  let roundMs = 0;
  for (let round = 0; round < mostRounds && sent < segments; round++) {
    const window = round === 0 ? firstWindow : initialWindow * 2 ** round;
    const left = segments - sent - (round === 0 ? held : 0);
    const now = Math.min(streams * Math.min(window, largestWindow), left);
    roundMs = 2 * csMs * round;
    busyUntil = Math.max(busyUntil, roundMs - bucketFrames * frame) + now * frame;
    sent += now;
  }
  return Math.max(roundMs, busyUntil - (lastIsShort * 8) / rateKbit);
}

/**
 * How long the handoff of a range interrupts it, return routability having run in advance (paper §6.4). It has where the donor's send
 * buffer beyond the client's window takes longer than 2·L_SS, the way of Prepare and of the Home Test Init.
 */
export function gapMs({ csMs = 0, ssMs = 0 }: Parameters): number {
  return 4 * csMs + ssMs;
}

/**
 * When the client should have the document, ms after its first SYN: two round trips for connection and request, then the slower of
 * what the members' sites send, all at the same time, and what the client's access link takes.
 */
export function downloadMs(p: Parameters): number {
  const { contactAddresses: ranges = 1, bytes = 0, csMs = 0, handoff = 0 } = p;
  const { rateKbit = 1, clientRateKbit = 1, windowBytes = 65_535 } = p;
  const half = Math.floor(bytes / ranges / 2);
  const alone = { rateKbit, csMs, streams: 1, windowBytes };
  const members =
    handoff === 1
      ? sendingMs({ ...alone, octets: half, head: true }) +
        gapMs(p) +
        sendingMs({ ...alone, octets: Math.ceil(bytes / ranges) - half, head: false })
      : sendingMs({ ...alone, octets: Math.ceil(bytes / ranges), head: true });
  const client = sendingMs({
    octets: bytes,
    rateKbit: clientRateKbit,
    csMs,
    streams: ranges,
    head: true,
    windowBytes,
  });
  return 4 * csMs + Math.max(members, client);
}
