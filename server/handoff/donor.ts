import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { hearBeforeInit, waitBeforeInit } from './donor-before-init.ts';
import { hearBehindInit, waitBehindInit } from './donor-behind-init.ts';
import { hearWhileFinishing, lookAtUnsent } from './donor-cut.ts';
import { DonorMachine, type DonorState } from './donor-states.ts';
import type { DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';

/**
 * The donor's half of a handoff; ends with `handed-off`, `resume` or `lose`, exactly once.
 *
 * Until Init has gone out the donor is the only one that can serve, and any failure lets it serve on. Behind it the donor is frozen and
 * finds out whether the acceptor serves. It serves on only when it knows that the acceptor does not and never will: by the acceptor's
 * word, by the end of its process, or because the client is not bound to it. See docs/server-library.md, "When a member dies".
 *
 * All connections of the client move, or none does: a binding moves all of the client's packets to the contact address (paper §7.4).
 */
export class Donor implements Role<DonorInput, DonorOutput> {
  readonly #machine: DonorMachine;

  constructor(plan: DonorPlan) {
    this.#machine = new DonorMachine(plan);
    if (plan.variant.prepareAt === 'request') this.#machine.announce();
  }

  /** For who draws or checks the transitions. */
  get state(): DonorState['name'] {
    return this.#machine.state.name;
  }

  handle(input: DonorInput, now: Instant): void {
    const { state } = this.#machine;
    // Whatever is heard afterwards changes nothing.
    if (state.name === 'finished') return;
    if ('serving' in state) hearBeforeInit(this.#machine, state, input, now);
    else if (state.name === 'finishing') hearWhileFinishing(this.#machine, state, input, now);
    else hearBehindInit(this.#machine, state, input, now);
  }

  poll(): DonorOutput | undefined {
    return this.#machine.poll();
  }

  deadline(): Instant | undefined {
    const { state } = this.#machine;
    if (state.name === 'initiated') return Math.min(state.until, state.look);
    if (state.name === 'yielding') return state.doubt.giveUpAt;
    return 'until' in state ? state.until : undefined;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const { state } = this.#machine;
    if (due === undefined || now < due || state.name === 'finished') return;
    if ('serving' in state) waitBeforeInit(this.#machine, state, now);
    else if (state.name === 'finishing') lookAtUnsent(this.#machine, state, now);
    else waitBehindInit(this.#machine, state, now);
  }
}
