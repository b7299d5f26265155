import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

interface Lease {
  /** of the last beat; numbers begin with 1 */
  number: number;
  /** of beats that have no answer yet, in order; none when the lease is over, which no answer extends */
  readonly sentAt: Map<number, Instant>;
  /** the backup takes nobody over for silence before */
  until: Instant;
}

/**
 * Until when a holder knows that its backups have not taken its clients over. A backup does so when it has heard nothing for `silentMs`; by its answer to a beat
 * it says that it heard of the holder after that was sent. Both count on their own clocks, and only how fast those go is common to them. Where beats and answers
 * wait in queues for as long a lease is over although all is in order: then the client has to be asked.
 */
export class BackupLeases {
  readonly #silentMs: (backup: Ipv6Address) => number;
  readonly #leases = new Map<Ipv6Address, Lease>();

  constructor(silentMs: (backup: Ipv6Address) => number) {
    this.#silentMs = silentMs;
  }

  /** beats of which something is kept: no more than a lease has */
  get unanswered(): number {
    return [...this.#leases.values()].reduce((sum, { sentAt }) => sum + sentAt.size, 0);
  }

  /** This member is sent a replica now: before it has one it takes nobody over. */
  begin(backup: Ipv6Address, now: Instant): void {
    if (this.#leases.has(backup)) return;
    this.#leases.set(backup, { number: 0, sentAt: new Map(), until: now + this.#silentMs(backup) });
  }

  /** Number of the beat that goes to it now. */
  beat(backup: Ipv6Address, now: Instant): number {
    this.begin(backup, now);
    const lease = this.#leases.get(backup)!;
    lease.number = (lease.number + 1) >>> 0 || 1;
    if (now < lease.until) lease.sentAt.set(lease.number, now);
    else lease.sentAt.clear();
    return lease.number;
  }

  /** It has that beat, and so all before. A lease that is over stays so: by then it may have begun. */
  answered(backup: Ipv6Address, number: number, now: Instant): void {
    const lease = this.#leases.get(backup);
    const sentAt = lease?.sentAt.get(number);
    if (lease === undefined || sentAt === undefined || now >= lease.until) return;
    for (const one of lease.sentAt.keys()) {
      lease.sentAt.delete(one);
      if (one === number) break;
    }
    lease.until = sentAt + this.#silentMs(backup);
  }

  /** Of those that keep nobody any more nothing has to be known. */
  endAllBut(backups: ReadonlySet<Ipv6Address>): void {
    for (const backup of this.#leases.keys()) if (!backups.has(backup)) this.#leases.delete(backup);
  }

  /** What it may have done is being found out of all its clients: it begins anew with the next replica. */
  end(backup: Ipv6Address): void {
    this.#leases.delete(backup);
  }

  /** It may have taken clients over by now, without a word that could have come here. */
  isOver(backup: Ipv6Address, now: Instant): boolean {
    const lease = this.#leases.get(backup);
    return lease === undefined || now >= lease.until;
  }
}
