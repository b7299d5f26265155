import type { Instant } from '../shared/role.ts';
import type { UpdateRequest } from './correspondent-updates.ts';
import { ofRenewal } from './numbering.ts';

/** What keeps one binding up: the request that is made again, when, and under which numbers (RFC 6275 §11.7.2, §11.8). */
export class BindingUpkeep {
  /** the last request that was acknowledged, or that another node's update stands for, if it is to be renewed */
  #standing: UpdateRequest | undefined;
  /** when it is asked for again, after a renewal that nobody answered or that was interrupted */
  #againAt: Instant | undefined;
  #suspended = false;
  #defended = false;

  /** The binding is not renewed for now. */
  get suspended(): boolean {
    return this.#suspended;
  }

  /** Renewals give way to other nodes with this home address, whatever the binding was made by. */
  get defended(): boolean {
    return this.#defended;
  }

  get standing(): UpdateRequest | undefined {
    return this.#standing;
  }

  /** When the standing request is made again; undefined when it need not be, or may not be now. */
  get againAt(): Instant | undefined {
    return this.#suspended ? undefined : this.#againAt;
  }

  /** This request is made again, from `againAt` on where that is given; undefined: none is. */
  keep(request: UpdateRequest | undefined, againAt = this.#againAt): void {
    this.#standing = request;
    this.#againAt = againAt;
  }

  /** An update leaves, whose answer decides. */
  updateLeaves(): void {
    this.#suspended = false;
    this.#againAt = undefined;
  }

  defend(): void {
    this.#defended = true;
    if (this.#standing !== undefined) this.#standing = this.renewalOf(this.#standing);
  }

  /** `interrupts`: an update is on its way, which is due once more when this is over. */
  suspend(interrupts: boolean): void {
    this.#suspended = true;
    if (interrupts && this.#standing !== undefined) this.#againAt = Number.NEGATIVE_INFINITY;
  }

  resume(): void {
    this.#suspended = false;
  }

  /** Nothing is made again. */
  end(): void {
    this.#standing = undefined;
    this.#againAt = undefined;
  }

  /** The request that is due by `now`: it is, once. */
  due(now: Instant): UpdateRequest | undefined {
    const { againAt } = this;
    if (againAt === undefined || againAt > now) return undefined;
    const request = this.takeDue();
    return request && { ...request, refusals: 0 };
  }

  /** The request that is to be made again, before its time and whatever is suspended: it is, once. */
  takeDue(): UpdateRequest | undefined {
    if (this.#againAt === undefined || this.#standing === undefined) return undefined;
    this.#againAt = undefined;
    return this.#standing;
  }

  /** The request as it is made again. */
  renewalOf(request: UpdateRequest): UpdateRequest {
    const numbering = this.#defended ? ({ kind: 'yielding' } as const) : ofRenewal(request.numbering);
    return { ...request, numbering, copies: 1 };
  }
}
