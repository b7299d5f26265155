import type { Ipv6Address } from '../../wire/address.ts';
import type { Counters } from '../shared/counters.ts';
import type { Outbox } from '../shared/outbox.ts';
import type { RandomBytes } from '../shared/role.ts';
import type { MobileNodeEvent, MobileNodeOutput } from './mobile-node-types.ts';

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
