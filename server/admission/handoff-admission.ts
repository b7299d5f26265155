import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { MAX_UPDATE_RATE } from '../../mip6/wire/constants.ts';
import type { HandoffFrame } from '../handoff/frames.ts';
import { whyNotForwardable } from './connection-ends.ts';
import type { GroupAddresses } from './group-addresses.ts';
import { TokenBuckets } from './token-buckets.ts';

/** Handoffs that one peer may have begun or announced here and not settled, beside those that stand. */
export const MOST_OF_PEER = 256;
/** Clients that one peer may have this member stand by for as a candidate: each is asked for tokens every 150 s. */
export const MOST_STANDING_OF_PEER = 1024;

/** A peer's handoffs here that are not over. */
interface OpenHandoffs {
  /** this member is a candidate, and may never be taken */
  readonly standing: number;
  readonly others: number;
}

/**
 * Handoffs of one client that may begin here, each with one Home and one Care-of Test Init and their retransmissions: as
 * often as RFC 6275 §11.8 lets Mobility Header messages of a type go to a correspondent node.
 */
const OF_CLIENT = { burst: MAX_UPDATE_RATE, perSecond: MAX_UPDATE_RATE } as const;
/** The same of one peer, whatever the clients: many clients change over at once only when a member leaves. */
const OF_PEER = { burst: MOST_OF_PEER, perSecond: 32 } as const;

export interface AdmissionPlan {
  readonly group: GroupAddresses;
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
}

type Beginning = Extract<HandoffFrame, { readonly kind: 'prepare' | 'init' }>;

/**
 * Which handoffs an acceptor lets begin. A peer that holds the group key is trusted to serve clients, not to choose where this
 * member's test messages go: without these rules one frame of it is some ten packets to any address, and as much memory as it likes.
 *
 * A handoff that the client has agreed to, by acknowledging the binding, costs neither peer nor client any of their rate.
 */
export class HandoffAdmission {
  readonly #plan: AdmissionPlan;
  readonly #clients = new TokenBuckets<Ipv6Address>(OF_CLIENT);
  readonly #peers = new TokenBuckets<Ipv6Address>(OF_PEER);

  constructor(plan: AdmissionPlan) {
    this.#plan = plan;
  }

  /** Clients and peers of which something is kept. */
  get size(): number {
    return this.#clients.size + this.#peers.size;
  }

  /**
   * Why this frame is none of a handoff that could be, in words; undefined when it is. `earlier`: the client of the handoff that stands under its number.
   */
  whyWrong(
    { handoff, client, contactAddress, forwarded = [] }: Beginning,
    earlier: Ipv6Address | undefined,
  ): string | undefined {
    const { group, servicePort } = this.#plan;
    if (earlier !== undefined && earlier !== client) return `handoff ${handoff} is one of client ${earlier}`;
    if (contactAddress !== this.#plan.contactAddress)
      return `the handoff is at ${contactAddress}, not at the contact address ${this.#plan.contactAddress}`;
    return group.whyNoClient(client) ?? whyNotForwardable(forwarded, servicePort);
  }

  /** Why `peer`, which has these here, may not begin another of this client, in words; undefined when it may, and has. `stands`: this member is to be a candidate. */
  begin(
    {
      client,
      peer,
      stands,
    }: { readonly client: Ipv6Address; readonly peer: Ipv6Address; readonly stands: boolean },
    { standing, others }: OpenHandoffs,
    now: Instant,
  ): string | undefined {
    if (stands && standing >= MOST_STANDING_OF_PEER)
      return `this member stands by for ${standing} clients of that one, and for no more`;
    if (!stands && others >= MOST_OF_PEER)
      return `${others} handoffs of this member are under way here, and no more may be`;
    if (!this.#clients.take(client, now))
      return `more than ${OF_CLIENT.perSecond} handoffs a second of client ${client} have come to nothing`;
    if (this.#peers.take(peer, now)) return undefined;
    this.#clients.giveBack(client, now);
    return `more than ${OF_PEER.perSecond} handoffs a second of this member have come to nothing`;
  }

  /** A handoff that `begin` admitted has its client's consent. */
  agreed(client: Ipv6Address, peer: Ipv6Address, now: Instant): void {
    this.#clients.giveBack(client, now);
    this.#peers.giveBack(peer, now);
  }
}
