import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Candidate } from '../membership/acceptor-choice.ts';

export type MemberStatus =
  /** not ready yet */
  | 'joining'
  | 'serving'
  /** hands its clients off and takes none */
  | 'leaving';

interface Known {
  readonly incarnation: number;
  readonly status: MemberStatus;
  readonly clients: number;
  /** the list's epoch in which this process joined */
  readonly since: number;
}

/**
 * The members that this one has a channel to, while they come and go. Every change begins a new epoch of the list, so that a
 * decision can be checked against the list it was made on.
 */
export class Membership {
  readonly #members = new Map<Ipv6Address, Known>();
  #epoch = 0;

  get epoch(): number {
    return this.#epoch;
  }

  get members(): readonly Ipv6Address[] {
    return [...this.#members.keys()].toSorted();
  }

  /** A channel to this process stands. A new process of a known member is a new member: it serves nobody until it says so. */
  joined(member: Ipv6Address, incarnation: number): void {
    if (this.#members.get(member)?.incarnation === incarnation) return;
    this.#epoch++;
    this.#members.set(member, { incarnation, status: 'joining', clients: 0, since: this.#epoch });
  }

  /** What the member says of itself. Ignored of members that are not there. */
  told(member: Ipv6Address, { status, clients }: { status: MemberStatus; clients: number }): void {
    const known = this.#members.get(member);
    if (known === undefined) return;
    if (known.status !== status) this.#epoch++;
    this.#members.set(member, { ...known, status, clients });
  }

  /** It is about to get one more client, and will say so itself later. */
  assigned(member: Ipv6Address): void {
    const known = this.#members.get(member);
    if (known !== undefined) this.#members.set(member, { ...known, clients: known.clients + 1 });
  }

  /** Its process has ended, or it has left. */
  left(member: Ipv6Address): void {
    if (this.#members.delete(member)) this.#epoch++;
  }

  /** Whether the process which was a member in this epoch of the list still is. */
  hasStayed(member: Ipv6Address, epoch: number): boolean {
    const known = this.#members.get(member);
    return known !== undefined && known.since <= epoch;
  }

  /** Members that take clients. `latencyMs`: measured between a member and the client in question. */
  candidates(latencyMs: (member: Ipv6Address) => number | undefined = () => undefined): readonly Candidate[] {
    return [...this.#members]
      .filter(([, { status }]) => status === 'serving')
      .map(([member, { clients }]) => {
        const latency = latencyMs(member);
        return latency === undefined ? { member, clients } : { member, clients, latencyMs: latency };
      });
  }
}
