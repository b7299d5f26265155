/**
 * The oldest echo of a timestamp that Linux takes a round trip from, ms: 2³¹ µs, in the milliseconds of its clock (`tcp_ack_update_rtt`). Of an older one it
 * takes none.
 */
const OLDEST_ECHO_MS = 2_147_483;
const LEAP_MS = OLDEST_ECHO_MS + 1;

/**
 * Where the timestamps of a re-created socket begin, which goes on behind `told`: the last that its peer can have seen of whoever had the connection before.
 * The peer drops what lies behind that (RFC 7323 §5). 32 bits, which wrap.
 */
export function timestampsBehind(told: number): number {
  return inMilliseconds(told);
}

/**
 * The same, and no acknowledgement counts that echoes what was told before. A kernel that knows no round trip takes its first one from such an echo
 * (RFC 7323 §4.1), however old it is: behind a cut of 20 s the retransmission timer is a minute. These begin so far ahead that it takes none.
 *
 * It costs what the echo is good for: without a round trip, the first loss probe comes after a second. And the peer, which follows each time that it takes
 * an octet in order (RFC 7323 §4.3), may be 2³¹ ms behind.
 */
export function timestampsBeyondEchoes(told: number): number {
  return inMilliseconds(told + LEAP_MS);
}

/**
 * Of a socket that goes on, whose own timestamps stand at `own`, after another member may have gone on in its place, with such as these: beyond those, and no
 * round trip is taken from an echo of either.
 */
export function timestampsBehindAnother(own: number): number {
  return inMilliseconds(own + 2 * LEAP_MS);
}

/** Even: the lowest bit says to a kernel that can count in microseconds (Linux 6.7, TCP_TIMESTAMP) that this socket does. */
function inMilliseconds(value: number): number {
  return ((value + 1) & ~1) >>> 0;
}
