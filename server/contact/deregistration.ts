import type { Instant, Role } from '../../mip6/roles/shared/role.ts';

/** ms: a home agent that answers does so within some retransmissions */
const DEREGISTRATION_MS = 5000;

/** `begin`: the home agent has been asked to delete the binding; `answered`: it has agreed. */
export type DeregistrationInput = 'begin' | 'answered';

/** How long a member that goes waits for its home agent. */
export class Deregistration implements Role<DeregistrationInput, 'over'> {
  #until: Instant | undefined;
  #isOver = false;

  handle(input: DeregistrationInput, now: Instant): void {
    if (input === 'begin') this.#until = now + DEREGISTRATION_MS;
    else this.#end();
  }

  poll(): 'over' | undefined {
    if (!this.#isOver) return undefined;
    this.#isOver = false;
    return 'over';
  }

  deadline(): Instant | undefined {
    return this.#until;
  }

  handleTimeout(now: Instant): void {
    if (this.#until !== undefined && now >= this.#until) this.#end();
  }

  #end(): void {
    this.#isOver ||= this.#until !== undefined;
    this.#until = undefined;
  }
}
