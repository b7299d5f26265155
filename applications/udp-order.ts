import * as z from 'zod/mini';
import { count, ms, octets } from '../nodes/support/config-numbers.ts';
import { strictObject } from '../nodes/support/strict-object.ts';

/** What a station is told to send: to every destination the same number of datagrams, some at each tick of a clock. */
export const udpOrder = strictObject({
  /** stands in every datagram */
  number: z.int(),
  to: z.array(z.ipv6()),
  /** per destination */
  packets: count,
  /** UDP payload of each, at least 8 */
  octets: octets,
  /** per destination */
  perTick: count,
  tickMs: ms,
});
export type UdpOrder = z.infer<typeof udpOrder>;
