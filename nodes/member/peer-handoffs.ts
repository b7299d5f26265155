import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { AcceptorHandoff } from './acceptor-handoff.ts';
import { RecentlyEnded } from './recently-ended.ts';

/** handoffs that have ended, of which the donor may not have heard */
const MOST_REMEMBERED = 1024;

/** The handoffs of one donor to this member. Each donor has its own, so that none can have another's forgotten. */
class OfDonor {
  readonly acceptors = new Map<number, AcceptorHandoff>();
  /** clients that are announced and whose Init has not come; one handoff of each */
  readonly announcedOf = new Map<Ipv6Address, number>();
  /** handoffs that were announced and not begun; one that is given up stays, so that its Init is known for late */
  readonly announced = new RecentlyEnded<number, true>(MOST_REMEMBERED);
  /** handoff → sequence number under which this member has had the client for good */
  readonly settled = new RecentlyEnded<number, number>(MOST_REMEMBERED);
}

/** The handoffs to this member, by donor and by client: whatever concerns one is found at once, however many there are. */
export class PeerHandoffs {
  readonly #donors = new Map<Ipv6Address, OfDonor>();
  readonly #byClient = new Map<Ipv6Address, Set<AcceptorHandoff>>();

  get all(): readonly AcceptorHandoff[] {
    return [...this.#donors.values()].flatMap(({ acceptors }) => [...acceptors.values()]);
  }

  get(donor: Ipv6Address, handoff: number): AcceptorHandoff | undefined {
    return this.#donors.get(donor)?.acceptors.get(handoff);
  }

  of(donor: Ipv6Address): readonly AcceptorHandoff[] {
    return [...(this.#donors.get(donor)?.acceptors.values() ?? [])];
  }

  ofClient(client: Ipv6Address): readonly AcceptorHandoff[] {
    return [...(this.#byClient.get(client) ?? [])];
  }

  /** handoffs of this donor that are not over */
  open(donor: Ipv6Address): number {
    return this.#donors.get(donor)?.acceptors.size ?? 0;
  }

  add(handoff: number, acceptor: AcceptorHandoff): void {
    this.#ofDonor(acceptor.donor).acceptors.set(handoff, acceptor);
    const same = this.#byClient.get(acceptor.client) ?? new Set();
    this.#byClient.set(acceptor.client, same.add(acceptor));
  }

  /** It is over; `settledAt`: with the client here for good. */
  over(handoff: number, acceptor: AcceptorHandoff, settledAt: number | undefined): void {
    const { donor, client } = acceptor;
    const known = this.#ofDonor(donor);
    known.acceptors.delete(handoff);
    if (known.announcedOf.get(client) === handoff) known.announcedOf.delete(client);
    if (settledAt !== undefined) known.settled.set(handoff, settledAt);
    const same = this.#byClient.get(client);
    same?.delete(acceptor);
    if (same?.size === 0) this.#byClient.delete(client);
  }

  announce(donor: Ipv6Address, client: Ipv6Address, handoff: number): void {
    const known = this.#ofDonor(donor);
    known.announced.set(handoff, true);
    known.announcedOf.set(client, handoff);
  }

  /** The handoff of this client that stands announced, not begun. */
  announcedOf(donor: Ipv6Address, client: Ipv6Address): AcceptorHandoff | undefined {
    const known = this.#donors.get(donor);
    const handoff = known?.announcedOf.get(client);
    return handoff === undefined ? undefined : known!.acceptors.get(handoff);
  }

  isAnnounced(donor: Ipv6Address, handoff: number): boolean {
    return this.#donors.get(donor)?.announced.get(handoff) === true;
  }

  /** Its Init has come, or will not; true when it was announced. */
  begun(donor: Ipv6Address, handoff: number): boolean {
    const known = this.#donors.get(donor);
    if (known === undefined) return false;
    const client = known.acceptors.get(handoff)?.client;
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
    if (known.acceptors.size === 0) this.#donors.delete(donor);
  }

  #ofDonor(donor: Ipv6Address): OfDonor {
    const known = this.#donors.get(donor) ?? new OfDonor();
    this.#donors.set(donor, known);
    return known;
  }
}
