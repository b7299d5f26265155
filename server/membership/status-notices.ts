import type { Instant, Role } from '../../mip6/roles/shared/role.ts';

/** ms between two words about the number of clients */
const STATUS_EVERY_MS = 100;

/** When the others are told how many clients a member has: not of every change, but soon after the first. */
export class StatusNotices implements Role<'changed', 'tell'> {
  #tellAt: Instant | undefined;
  #isDue = false;

  handle(_changed: 'changed', now: Instant): void {
    this.#tellAt ??= now + STATUS_EVERY_MS;
  }

  poll(): 'tell' | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    return 'tell';
  }

  deadline(): Instant | undefined {
    return this.#tellAt;
  }

  handleTimeout(now: Instant): void {
    if (this.#tellAt === undefined || now < this.#tellAt) return;
    this.#tellAt = undefined;
    this.#isDue = true;
  }
}
