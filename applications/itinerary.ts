import * as z from 'zod/mini';
import { variant } from '../nodes/support/config-fields.ts';
import { ms, octets } from '../nodes/support/config-numbers.ts';
import { strictObject } from '../nodes/support/strict-object.ts';

/** A client's request, one line of JSON: what travels in each direction, and where the client is handed off on the way. */
export const itinerary = strictObject({
  /** octets of the document that the client gets */
  bytes: octets,
  /** octets of the document that the client sends behind its request */
  upload: octets,
  /** numbers of the documents that travel there and back; absent: 0 */
  documents: z.optional(strictObject({ download: octets, upload: octets })),
  variant,
  /** the server writes so many octets at a time, so long apart; absent: as fast as they go */
  pace: z.optional(strictObject({ octets, everyMs: ms })),
  /** handoffs, each when so many octets have been sent to the client or received from it */
  legs: z.array(strictObject({ after: octets, of: z.enum(['sent', 'received']), acceptor: z.ipv6() })),
});

export type Itinerary = z.infer<typeof itinerary>;
