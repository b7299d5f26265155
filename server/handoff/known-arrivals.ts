import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { MOST_REMEMBERED, RecentlyEnded } from '../recently-ended.ts';

/** A handoff to this member. */
export interface KnownArrival {
  readonly donor: Ipv6Address;
  readonly client: Ipv6Address;
  /** the donor's number for it */
  readonly handoff: number;
  /** this member's own */
  readonly number: number;
}

/** The handoffs of one donor to this member. Each donor has its own, so that none can have another's forgotten. */
class OfDonor<Handoff> {
  readonly handoffs = new Map<number, Handoff>();
  /** handoffs that were announced and not begun; a handoff that is given up stays here, so that its Init is known to be late */
  readonly announced = new RecentlyEnded<number, true>(MOST_REMEMBERED);
  /** handoff → sequence number under which this member has had the client for good */
  readonly settled = new RecentlyEnded<number, number>(MOST_REMEMBERED);
}

/** The handoffs to this member, by donor and by client: whatever concerns one is found at once, however many there are. */
export class KnownArrivals<Handoff extends KnownArrival> {
  readonly #donors = new Map<Ipv6Address, OfDonor<Handoff>>();
  readonly #byClient = new Map<Ipv6Address, Set<Handoff>>();
  readonly #byNumber = new Map<number, Handoff>();

  get all(): readonly Handoff[] {
    return [...this.#byNumber.values()];
  }

  byNumber(number: number): Handoff | undefined {
    return this.#byNumber.get(number);
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

  add(handoff: Handoff): void {
    this.#ofDonor(handoff.donor).handoffs.set(handoff.handoff, handoff);
    const same = this.#byClient.get(handoff.client) ?? new Set();
    this.#byClient.set(handoff.client, same.add(handoff));
    this.#byNumber.set(handoff.number, handoff);
  }

  /** It is over; `settledAt`: with the client here for good. */
  over(ended: Handoff, settledAt: number | undefined): void {
    const { donor, client, handoff } = ended;
    const known = this.#ofDonor(donor);
    known.handoffs.delete(handoff);
    this.#byNumber.delete(ended.number);
    if (settledAt !== undefined) known.settled.set(handoff, settledAt);
    const same = this.#byClient.get(client);
    same?.delete(ended);
    if (same?.size === 0) this.#byClient.delete(client);
  }

  announce({ donor, handoff }: KnownArrival): void {
    this.#ofDonor(donor).announced.set(handoff, true);
  }

  /** Its Init has come, or will not; true when it was announced. */
  begun(donor: Ipv6Address, handoff: number): boolean {
    return this.#donors.get(donor)?.announced.delete(handoff) ?? false;
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
