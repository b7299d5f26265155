import type { Instant, Role } from '../../mip6/roles/shared/role.ts';

/**
 * As long as a retransmission timer is without a round trip (RFC 6298 §2.1), ms: a round trip that is taken from a later answer would be longer than what the
 * timer had been by itself.
 */
export const UNHEARD_MS = 1000;

/** A client of a donor's octets in flight is served here from now on. */
type UnheardInput = { readonly kind: 'served' };
/** What has not been answered by now is answered too late for a round trip to be taken from an echo of the donor's. */
type UnheardOutput = { readonly kind: 'too-late' };

/** Since when a client that a handoff has brought is served, and may not have been heard of. */
export class UnheardClient implements Role<UnheardInput, UnheardOutput> {
  #until: Instant | undefined;
  #due = false;

  handle(_: UnheardInput, now: Instant): void {
    this.#until = now + UNHEARD_MS;
  }

  poll(): UnheardOutput | undefined {
    const due = this.#due;
    this.#due = false;
    return due ? { kind: 'too-late' } : undefined;
  }

  deadline(): Instant | undefined {
    return this.#until;
  }

  handleTimeout(now: Instant): void {
    if (this.#until === undefined || now < this.#until) return;
    this.#until = undefined;
    this.#due = true;
  }
}
