import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Epoch } from './epochs.ts';
import type { GroupTiming } from './group-types.ts';

interface FoundingPlan {
  /** the last term of an earlier life of this member */
  readonly lastEpoch?: Epoch;
  readonly timing: Pick<GroupTiming, 'suspectMs'>;
  /** ms in which every other member has called a member that has come back */
  readonly callMs: number;
}

/** `begin`: this member has started; `end`: somebody else has the contact address, or nobody shall. */
export type FoundingInput = 'begin' | 'end';

/**
 * When the member that is to create a contact address does so: at once, or after a restart when the others have had the time to call it,
 * and a contact node the time to show that it lives.
 */
export class Founding implements Role<FoundingInput, 'found'> {
  readonly #plan: FoundingPlan;
  #at: Instant | undefined;
  #isDue = false;

  constructor(plan: FoundingPlan) {
    this.#plan = plan;
  }

  handle(input: FoundingInput, now: Instant): void {
    const { callMs, lastEpoch, timing } = this.#plan;
    this.#isDue = input === 'begin' && lastEpoch === undefined;
    this.#at = input === 'begin' && !this.#isDue ? now + callMs + timing.suspectMs : undefined;
  }

  poll(): 'found' | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    return 'found';
  }

  deadline(): Instant | undefined {
    return this.#at;
  }

  handleTimeout(now: Instant): void {
    if (this.#at === undefined || now < this.#at) return;
    this.#at = undefined;
    this.#isDue = true;
  }
}
