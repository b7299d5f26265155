import type { Ipv6Address } from '../wire/address.ts';
import type { Counters } from './counters.ts';
import type { MobileNodeEvent, MobileNodeOutput } from './mobile-node-types.ts';
import type { Outbox } from './outbox.ts';
import type { RandomBytes } from './role.ts';

/** What the parts of one mobile node share. */
export interface MobileNodeContext {
  readonly homeAddress: Ipv6Address;
  readonly random: RandomBytes;
  /** retransmissions before giving up on a correspondent */
  readonly retransmissionLimit: number;
  /** share of a lifetime after which it is refreshed */
  readonly refreshAt: number;
  readonly outbox: Outbox<MobileNodeOutput>;
  readonly counters: Counters;
}

export function report(context: MobileNodeContext, event: MobileNodeEvent): void {
  context.counters.add(`event.${event.kind}`);
  context.outbox.push({ kind: 'event', event });
}
