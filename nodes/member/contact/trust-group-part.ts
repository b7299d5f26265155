import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { ContactGroup } from '../../../server/contact/contact-group.ts';
import type { Epoch } from '../../../server/contact/epochs.ts';
import type { GroupInput, GroupOutput, GroupPlan } from '../../../server/contact/group-types.ts';
import { monotonicMs, RoleDriver } from '../../support/role-driver.ts';

/**
 * A member's part in the trust group of one contact address: none where it is not trusted, none while the address is retired, and a new
 * one when the address comes back in a later term.
 */
export class TrustGroupPart {
  readonly #plan: GroupPlan;
  readonly #act: (output: GroupOutput) => void;
  readonly #connected = new Set<Ipv6Address>();
  #part: { readonly group: ContactGroup; readonly driver: RoleDriver<GroupInput, GroupOutput> } | undefined;
  #retired: Epoch | undefined;

  constructor(plan: GroupPlan, act: (output: GroupOutput) => void) {
    this.#plan = plan;
    this.#act = act;
    this.#begin(plan);
  }

  /** This member may become contact node. */
  get active(): boolean {
    return this.#part !== undefined;
  }

  get backups(): readonly Ipv6Address[] {
    return this.#part?.group.backups ?? [];
  }

  handle(input: GroupInput): void {
    if (input.kind === 'connected') this.#connected.add(input.peer);
    if (input.kind === 'disconnected' || input.kind === 'peer-gone') this.#connected.delete(input.peer);
    this.#part?.driver.handle(input);
  }

  /** The contact address has ended with this term. */
  retire(epoch: Epoch): void {
    this.stop();
    this.#part = undefined;
    this.#retired = epoch;
  }

  /** A term is heard of; `lastEpoch`: the last one that this member has entered itself. */
  heard(epoch: Epoch, lastEpoch: Epoch | undefined): void {
    if (this.#retired === undefined || epoch <= this.#retired) return;
    this.#retired = undefined;
    this.#begin(lastEpoch === undefined ? this.#plan : { ...this.#plan, lastEpoch });
    for (const peer of this.#connected) this.handle({ kind: 'connected', peer });
  }

  stop(): void {
    this.#part?.driver.stop();
  }

  #begin(plan: GroupPlan): void {
    if (!plan.order.includes(plan.self)) return;
    const group = new ContactGroup(plan, monotonicMs());
    this.#part = { group, driver: new RoleDriver(group, this.#act) };
  }
}
