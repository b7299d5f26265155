import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Candidate } from '../membership/acceptor-choice.ts';

export type MemberStatus =
  /** not ready yet */
  | 'joining'
  | 'serving'
  /** hands its clients off and takes none */
  | 'leaving';

interface Known {
  readonly status: MemberStatus;
  readonly clients: number;
}

/** The members that this one has a channel to, while they come and go. */
export class Membership {
  readonly #members = new Map<Ipv6Address, Known>();

  get members(): readonly Ipv6Address[] {
    return [...this.#members.keys()].toSorted();
  }

  /** A channel to a process of it stands that is new here: that one serves nobody until it says so. */
  joined(member: Ipv6Address): void {
    this.#members.set(member, { status: 'joining', clients: 0 });
  }

  /** What the member says of itself. Ignored of members that are not there. */
  told(member: Ipv6Address, { status, clients }: { status: MemberStatus; clients: number }): void {
    const known = this.#members.get(member);
    if (known === undefined) return;
    this.#members.set(member, { status, clients });
  }

  /** It is about to get one more client, and will say so itself later. */
  assigned(member: Ipv6Address): void {
    const known = this.#members.get(member);
    if (known !== undefined) this.#members.set(member, { ...known, clients: known.clients + 1 });
  }

  /** Its process has ended, or it has left. */
  left(member: Ipv6Address): void {
    this.#members.delete(member);
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
