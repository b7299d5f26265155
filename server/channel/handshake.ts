import type { Instant, Role } from '../../mip6/roles/shared/role.ts';

/** ms for a handshake, many round trips of any path; who has not finished by then is refused */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

export type HandshakeInput =
  /** The other end has shown a key that this one holds. */
  { readonly kind: 'shown' } | { readonly kind: 'failed'; readonly reason: string };

export type HandshakeOutcome =
  | { readonly kind: 'secure' }
  | { readonly kind: 'refused'; readonly reason: string };

/** How the handshake of one connection ends, told once: with what comes first, or when its time is over. */
export class Handshake implements Role<HandshakeInput, HandshakeOutcome> {
  #deadline: Instant | undefined;
  #outcome: HandshakeOutcome | undefined;

  constructor(now: Instant) {
    this.#deadline = now + HANDSHAKE_TIMEOUT_MS;
  }

  handle(input: HandshakeInput): void {
    this.#end(input.kind === 'shown' ? { kind: 'secure' } : { ...input, kind: 'refused' });
  }

  poll(): HandshakeOutcome | undefined {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    return outcome;
  }

  deadline(): Instant | undefined {
    return this.#deadline;
  }

  handleTimeout(now: Instant): void {
    if (this.#deadline !== undefined && now >= this.#deadline)
      this.#end({ kind: 'refused', reason: `no handshake within ${HANDSHAKE_TIMEOUT_MS} ms` });
  }

  #end(outcome: HandshakeOutcome): void {
    if (this.#deadline === undefined) return;
    this.#deadline = undefined;
    this.#outcome = outcome;
  }
}
