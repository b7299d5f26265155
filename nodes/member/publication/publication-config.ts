import * as z from 'zod/mini';
import { address } from '../../support/config-fields.ts';
import { port, positiveMs } from '../../support/config-numbers.ts';
import { strictObject } from '../../support/strict-object.ts';
import { sharedKey } from '../written-keys.ts';

/** How this member's contact addresses get into the DNS (paper §7.3). */
export const publicationConfig = strictObject({
  /** address and port of the agent at the name server */
  nameServer: address,
  port: port,
  /** shared with that agent, written like the members' own: another key, for it must not have theirs */
  channelKey: sharedKey,
  /** ms for the name server to confirm a withdrawal, without which the address is handed over; default 10,000 */
  withdrawMs: z.optional(positiveMs),
  /**
   * what becomes of the contact address that this member has created when it leaves: default `hand-over`, to a backup; `retire`: it is
   * taken out of use. Without a backup it is taken out of use in any case
   */
  onLeave: z.optional(z.enum(['hand-over', 'retire'])),
});

export type PublicationSettings = z.infer<typeof publicationConfig>;
