import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { RecentlyEnded } from './recently-ended.ts';

/** handoffs that have ended, of which the other side may not have heard */
export const MOST_REMEMBERED = 1024;

/** A handoff to this member. */
export interface KnownHandoff {
  readonly donor: Ipv6Address;
  readonly client: Ipv6Address;
  /** the donor's number for it */
  readonly handoff: number;
}

/** The handoffs of one donor to this member. Each donor has its own, so that none can have another's forgotten. */
class OfDonor<Handoff> {
  readonly handoffs = new Map<number, Handoff>();
  /** clients that are announced and whose Init has not come; one handoff of each */
  readonly announcedOf = new Map<Ipv6Address, number>();
  /** handoffs that were announced and not begun; a handoff that is given up stays here, so that its Init is known to be late */
  readonly announced = new RecentlyEnded<number, true>(MOST_REMEMBERED);
  /** handoff → sequence number under which this member has had the client for good */
  readonly settled = new RecentlyEnded<number, number>(MOST_REMEMBERED);
}

/** The handoffs to this member, by donor and by client: whatever concerns one is found at once, however many there are. */
export class PeerHandoffs<Handoff extends KnownHandoff> {
  readonly #donors = new Map<Ipv6Address, OfDonor<Handoff>>();
  readonly #byClient = new Map<Ipv6Address, Set<Handoff>>();

  get all(): readonly Handoff[] {
    return [...this.#donors.values()].flatMap(({ handoffs }) => [...handoffs.values()]);
  }

  get(donor: Ipv6Address, handoff: number): Handoff | undefined {
    return this.#donors.get(donor)?.handoffs.get(handoff);
  }

  of(donor: Ipv6Address): readonly Handoff[] {
    return [...(this.#donors.get(donor)?.handoffs.values() ?? [])];
  }

  ofClient(client: Ipv6Address): readonly Handoff[] {
    return [...(this.#byClient.get(client) ?? [])];
  }

  /** handoffs of this donor that are not over */
  open(donor: Ipv6Address): number {
    return this.#donors.get(donor)?.handoffs.size ?? 0;
  }

  add(handoff: Handoff): void {
    this.#ofDonor(handoff.donor).handoffs.set(handoff.handoff, handoff);
    const same = this.#byClient.get(handoff.client) ?? new Set();
    this.#byClient.set(handoff.client, same.add(handoff));
  }

  /** It is over; `settledAt`: with the client here for good. */
  over(ended: Handoff, settledAt: number | undefined): void {
    const { donor, client, handoff } = ended;
    const known = this.#ofDonor(donor);
    known.handoffs.delete(handoff);
    if (known.announcedOf.get(client) === handoff) known.announcedOf.delete(client);
    if (settledAt !== undefined) known.settled.set(handoff, settledAt);
    const same = this.#byClient.get(client);
    same?.delete(ended);
    if (same?.size === 0) this.#byClient.delete(client);
  }

  announce({ donor, client, handoff }: KnownHandoff): void {
    const known = this.#ofDonor(donor);
    known.announced.set(handoff, true);
    known.announcedOf.set(client, handoff);
  }

  /** The handoff of this client that stands announced, not begun. */
  announcedOf(donor: Ipv6Address, client: Ipv6Address): Handoff | undefined {
    const known = this.#donors.get(donor);
    const handoff = known?.announcedOf.get(client);
    return handoff === undefined ? undefined : known?.handoffs.get(handoff);
  }

  isAnnounced(donor: Ipv6Address, handoff: number): boolean {
    return this.#donors.get(donor)?.announced.get(handoff) === true;
  }

  /** Its Init has come, or will not; true when it was announced. */
  begun(donor: Ipv6Address, handoff: number): boolean {
    const known = this.#donors.get(donor);
    if (known === undefined) return false;
    const client = known.handoffs.get(handoff)?.client;
    if (client !== undefined && known.announcedOf.get(client) === handoff) known.announcedOf.delete(client);
    return known.announced.delete(handoff);
  }

  /** Sequence number under which this member has had the client of a handoff for good. */
  settledAt(donor: Ipv6Address, handoff: number): number | undefined {
    return this.#donors.get(donor)?.settled.get(handoff);
  }

  /** Another process of the donor counts from one: handoffs that are over say nothing about its own. */
  renewed(donor: Ipv6Address): void {
    const known = this.#donors.get(donor);
    if (known === undefined) return;
    known.announced.clear();
    known.settled.clear();
    if (known.handoffs.size === 0) this.#donors.delete(donor);
  }

  #ofDonor(donor: Ipv6Address): OfDonor<Handoff> {
    const known = this.#donors.get(donor) ?? new OfDonor();
    this.#donors.set(donor, known);
    return known;
  }
}
