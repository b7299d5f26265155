import type { Ipv6Address } from '../../../mip6/wire/address.ts';

interface AbsentMembersOptions {
  /** ms that a member may be away */
  readonly forgetMs: number;
  /** The configuration names it: it is never forgotten. */
  stays(member: Ipv6Address): boolean;
  /** `ended`: its process is known to have ended, or was never there. */
  onForgotten(member: Ipv6Address, ended: boolean): void;
}

/** Members that are away, until they are back or forgotten: a server must not keep all that it has ever had. */
export class AbsentMembers {
  readonly #options: AbsentMembersOptions;
  readonly #members = new Map<Ipv6Address, { readonly timer: NodeJS.Timeout; ended: boolean }>();

  constructor(options: AbsentMembersOptions) {
    this.#options = options;
  }

  /** The channel to it is lost, or has not come about; more than once counts from the first time. */
  away(member: Ipv6Address, ended: boolean): void {
    const known = this.#members.get(member);
    if (known !== undefined) known.ended ||= ended;
    else if (!this.#options.stays(member)) {
      const timer = setTimeout(() => this.#forget(member), this.#options.forgetMs);
      this.#members.set(member, { timer, ended });
    }
  }

  back(member: Ipv6Address): void {
    clearTimeout(this.#members.get(member)?.timer);
    this.#members.delete(member);
  }

  close(): void {
    for (const { timer } of this.#members.values()) clearTimeout(timer);
    this.#members.clear();
  }

  #forget(member: Ipv6Address): void {
    const ended = this.#members.get(member)?.ended ?? true;
    this.#members.delete(member);
    this.#options.onForgotten(member, ended);
  }
}
