import * as z from 'zod/mini';

/** What a station is told to send: to every destination the same number of datagrams, some at each tick of a clock. */
export const udpOrder = z.object({
  /** stands in every datagram */
  number: z.int(),
  to: z.array(z.ipv6()),
  /** per destination */
  packets: z.int(),
  /** UDP payload of each, at least 8 */
  octets: z.int(),
  /** per destination */
  perTick: z.int(),
  tickMs: z.number(),
});
export type UdpOrder = z.infer<typeof udpOrder>;
