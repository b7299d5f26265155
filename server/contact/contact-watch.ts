import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Claim } from './claims.ts';
import type { Epoch } from './epochs.ts';
import type { GroupPlan } from './group-types.ts';

export interface KnownContact {
  readonly holder: Ipv6Address;
  readonly claim: Claim;
}

/** Heartbeats that a backup misses before it asks the others, and how old the last one may be of which they tell. */
export const DOUBT_HEARTBEATS = 2;
const VOUCH_HEARTBEATS = 1.5;

/** What a backup knows of its contact node, and when it is its turn to act. */
export class ContactWatch {
  readonly #plan: GroupPlan;
  #contact: KnownContact | undefined;
  #since: Instant;
  /** how long from `since` the first backup waits */
  #patienceMs: number;
  /** a claim counts for no sign of life from here on: it was given up by then, or ought to have been */
  #claimUntil: Instant = Number.NEGATIVE_INFINITY;
  /** when the others are asked whether they hear the contact node */
  #doubtAt: Instant = Number.POSITIVE_INFINITY;
  /** last heartbeat that came from the contact node itself */
  #directAt: Instant = Number.NEGATIVE_INFINITY;

  /** From `now` on a backup waits for a contact node, `extraMs` longer than for one that has fallen silent. */
  constructor(plan: GroupPlan, now: Instant, extraMs = 0) {
    this.#plan = plan;
    this.#since = now;
    this.#patienceMs = plan.timing.suspectMs + extraMs;
  }

  get contact(): KnownContact | undefined {
    return this.#contact;
  }

  /** Whether `contact` is to be believed, and not the one known so far. */
  believes({ claim }: KnownContact): boolean {
    const known = this.#contact?.claim;
    if (known === undefined || claim.epoch >= known.epoch) return true;
    return claim.stage !== 'claiming' && known.stage === 'claiming';
  }

  /** A sign of life: of a contact node that serves, or of one that claims the address, as long as it has time to register. */
  heard(contact: KnownContact, direct: boolean, now: Instant): void {
    const { suspectMs, heartbeatMs, registrationMs } = this.#plan.timing;
    if (!this.#knows(contact)) this.#claimUntil = now + registrationMs;
    const fresh = contact.claim.stage !== 'claiming' || now < this.#claimUntil;
    this.#contact = contact;
    if (direct) this.#directAt = now;
    if (!fresh) return;
    this.#since = now;
    this.#patienceMs = suspectMs;
    this.#doubtAt = now + DOUBT_HEARTBEATS * heartbeatMs;
  }

  /** When to ask the others: without that, a backup which alone cannot hear the contact node would take the address from it. */
  get doubtAt(): Instant {
    return this.#doubtAt;
  }

  /** The others were asked. */
  doubted(now: Instant): void {
    this.#doubtAt = now + this.#plan.timing.heartbeatMs;
  }

  /** Whether the contact node itself was heard so lately that another's doubt is unfounded. */
  vouches(now: Instant): boolean {
    if (this.#contact === undefined || this.#contact.claim.stage === 'claiming') return false;
    return now - this.#directAt <= VOUCH_HEARTBEATS * this.#plan.timing.heartbeatMs;
  }

  /** Only now could this member act at all, and who gave it the means may be in office: it has as long to show itself as one that falls silent. */
  mayAct(now: Instant): void {
    if (this.#contact === undefined) this.#since = now;
  }

  /** The contact node is known to have ended. */
  ended(now: Instant): void {
    this.#since = now;
    this.#patienceMs = 0;
    this.#doubtAt = Number.POSITIVE_INFINITY;
    this.#directAt = Number.NEGATIVE_INFINITY;
  }

  /** A member has given a claim up. */
  withdrew(member: Ipv6Address, epoch: Epoch, now: Instant): void {
    if (this.#contact?.holder !== member || this.#contact.claim.epoch !== epoch) return;
    this.#contact = undefined;
    this.#since = now;
    this.#patienceMs = this.#plan.timing.suspectMs;
  }

  /** When this member acts, each backup before it in the order having been given its turn; members in `gone` have none. */
  due(gone: ReadonlySet<Ipv6Address>): Instant {
    const { order, self, timing } = this.#plan;
    const before = order.slice(0, order.indexOf(self));
    const turns = before.filter((member) => member !== this.#contact?.holder && !gone.has(member));
    return this.#since + this.#patienceMs + turns.length * timing.staggerMs;
  }

  #knows({ claim }: KnownContact): boolean {
    return this.#contact !== undefined && this.#contact.claim.epoch >= claim.epoch;
  }
}
