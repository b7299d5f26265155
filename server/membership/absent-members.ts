import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Deadlines } from '../deadlines.ts';

export interface AbsencePlan {
  /** ms that a member may be away */
  readonly forgetMs: number;
  /** The configuration names it: it is never forgotten. */
  stays(member: Ipv6Address): boolean;
}

export type AbsenceInput =
  /** The channel to it is lost, or has not come about; `ended`: its process is known to have ended, or was never there. */
  | { readonly kind: 'away'; readonly member: Ipv6Address; readonly ended: boolean }
  | { readonly kind: 'back'; readonly member: Ipv6Address };

export interface AbsenceOutput {
  readonly kind: 'forgotten';
  readonly member: Ipv6Address;
  readonly ended: boolean;
}

/** Members that are away, until they are back or forgotten: a server must not keep all that it has ever had. */
export class AbsentMembers implements Role<AbsenceInput, AbsenceOutput> {
  readonly #plan: AbsencePlan;
  readonly #until = new Deadlines<Ipv6Address>();
  readonly #ended = new Set<Ipv6Address>();
  readonly #outputs: AbsenceOutput[] = [];

  constructor(plan: AbsencePlan) {
    this.#plan = plan;
  }

  handle({ member, ...input }: AbsenceInput, now: Instant): void {
    if (input.kind === 'back') {
      this.#until.delete(member);
      this.#ended.delete(member);
    } else if (!this.#plan.stays(member)) {
      // More than once counts from the first time.
      if (!this.#until.has(member)) this.#until.set(member, now + this.#plan.forgetMs);
      if (input.ended) this.#ended.add(member);
    }
  }

  poll(): AbsenceOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#until.next();
  }

  handleTimeout(now: Instant): void {
    for (const member of this.#until.due(now))
      this.#outputs.push({ kind: 'forgotten', member, ended: this.#ended.delete(member) });
  }
}
