import type { Ipv6Address } from '../../wire/address.ts';
import { secondsToMs } from '../shared/instants.ts';
import type { Instant } from '../shared/role.ts';

/** Correspondents that turned out to have no Mobile IPv6: nothing is sent to them for a while (RFC 6275 §11.3.5). */
export class UnsupportedCorrespondents {
  readonly #retryAfterMs: number;
  readonly #until = new Map<Ipv6Address, Instant>();

  constructor(retryAfterSeconds: number) {
    this.#retryAfterMs = secondsToMs(retryAfterSeconds);
  }

  add(correspondent: Ipv6Address, now: Instant): void {
    for (const [other, until] of this.#until) if (until <= now) this.#until.delete(other);
    this.#until.set(correspondent, now + this.#retryAfterMs);
  }

  has(correspondent: Ipv6Address, now: Instant): boolean {
    return (this.#until.get(correspondent) ?? now) > now;
  }

  remove(correspondent: Ipv6Address): void {
    this.#until.delete(correspondent);
  }
}
