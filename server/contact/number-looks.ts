import type { Instant, Role } from '../../mip6/roles/shared/role.ts';

/** heartbeats between two looks at the kernel's ESP counters */
const HEARTBEATS_PER_LOOK = 10;

/** `begin`: this member has the associations; `end`: it has them no more. */
export type LookInput = 'begin' | 'end';

/** When a contact node looks how far the kernel has counted, for its heartbeats to say so. */
export class NumberLooks implements Role<LookInput, 'look'> {
  readonly #everyMs: number;
  #next: Instant | undefined;
  #isDue = false;

  constructor({ heartbeatMs }: { readonly heartbeatMs: number }) {
    this.#everyMs = HEARTBEATS_PER_LOOK * heartbeatMs;
  }

  handle(input: LookInput, now: Instant): void {
    this.#next = input === 'begin' ? now + this.#everyMs : undefined;
    this.#isDue = false;
  }

  poll(): 'look' | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    return 'look';
  }

  deadline(): Instant | undefined {
    return this.#next;
  }

  handleTimeout(now: Instant): void {
    if (this.#next === undefined || now < this.#next) return;
    // Looks that a busy process has missed are not made up for.
    this.#next += this.#everyMs * Math.ceil((now - this.#next + 1) / this.#everyMs);
    this.#isDue = true;
  }
}
