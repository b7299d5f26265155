/** What the kernel tells of what a connection has sent (`struct tcp_info`, and the queues), octets unless another unit is named. */
export interface Deliveries {
  /** as the kernel has measured it, octets a second; 0: not yet */
  readonly deliveryRate: number;
  /** smoothed, µs; 0: not measured yet */
  readonly roundTrip: number;
  /** acknowledged since this socket was made, whoever sent them */
  readonly acknowledged: number;
  /** that this socket has sent, those sent again included */
  readonly sent: number;
  readonly retransmitted: number;
  /** sent and not acknowledged, whoever sent them */
  readonly inFlight: number;
}

const [US_PER_S, US_PER_MS] = [1_000_000, 1000];
/** A SYN or a FIN counts one each in sequence space, and is no octet. */
const CONTROL_OCTETS = 2;
/** Of a re-created socket the kernel's figure is of its own octets alone behind so many flights of them. */
const FLIGHTS_UNTIL_MEASURED = 2;

/**
 * How many octets a ms the peer has acknowledged lately; 0 where nobody knows.
 *
 * The kernel measures it from a segment's departure to its acknowledgement, and takes the beginning from when nothing was in flight (`tcp_rate_skb_sent`). A
 * socket that is re-created with octets in flight has never seen that: its first figures are of an interval that begins when the machine was started, and
 * stay until segments behind those are acknowledged. Until then what is in flight leaves in one round trip, which is the same rate.
 */
export function octetsPerMs(deliveries: Deliveries): number {
  const { deliveryRate, roundTrip, inFlight } = deliveries;
  if (isMeasured(deliveries)) return (deliveryRate * US_PER_MS) / US_PER_S;
  return roundTrip === 0 ? 0 : (inFlight * US_PER_MS) / roundTrip;
}

/** What waits in queues adds to the least round trip by so much at least where the narrowest link never rests. */
const QUEUED_SHARE = 0.05;

/**
 * Octets leave as evenly as the narrowest link of their path takes them, since some wait for it all the time: a round trip takes longer than the least one
 * does. Of a window that is smaller than what the path holds nothing waits; each flight is sent as the one before it is acknowledged, with pauses in between. Times in µs.
 */
export function fillsItsPath({
  roundTrip,
  leastRoundTrip,
}: Pick<Deliveries, 'roundTrip'> & { readonly leastRoundTrip: number }): boolean {
  return roundTrip > leastRoundTrip * (1 + QUEUED_SHARE);
}

/** The kernel's figure is of this socket's own octets. */
function isMeasured({ acknowledged, sent, retransmitted, inFlight }: Deliveries): boolean {
  const own = sent - retransmitted;
  const anothers = acknowledged + inFlight - own;
  if (anothers <= CONTROL_OCTETS) return true;
  // What another socket has sent is acknowledged first.
  return acknowledged - anothers > FLIGHTS_UNTIL_MEASURED * inFlight;
}
