import { perFlowForwarding } from '../../../linux/recipes/per-flow.ts';
import type { Reconciler } from '../../../linux/reconciler.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { type Flow, flowKey } from '../../../server/clients/plain-clients.ts';
import { HOME_TUNNEL } from '../contact/member-paths.ts';

/** A routing table for each member tunnel, from here on. */
const FIRST_TABLE = 200;

/** The contact node's kernel rules for connections that other members hold. */
export class FlowRules {
  readonly #reconciler: Reconciler;
  readonly #homeAddress: Ipv6Address;
  readonly #tunnels: ReadonlyMap<string, Ipv6Address>;
  /** connection → the member that it goes to, and its reconciler group */
  readonly #applied = new Map<string, { readonly member: Ipv6Address; readonly group: string }>();

  /** `tunnels`: interface name → care-of address of the member at its far end */
  constructor(reconciler: Reconciler, homeAddress: Ipv6Address, tunnels: ReadonlyMap<string, Ipv6Address>) {
    this.#reconciler = reconciler;
    this.#homeAddress = homeAddress;
    this.#tunnels = tunnels;
  }

  /** Whether there is a tunnel to this member. */
  reaches(member: Ipv6Address): boolean {
    return [...this.#tunnels.values()].includes(member);
  }

  /** The connection's packets go to `member`. The new rule stands before the old one goes. Throws LabError. */
  forward(flow: Flow, member: Ipv6Address): void {
    const key = flowKey(flow);
    const before = this.#applied.get(key);
    if (before?.member === member) return;
    const group = `flow ${key} to ${member}`;
    this.#reconciler.set(group, perFlowForwarding(this.#parametersOf(flow, member)));
    this.#applied.set(key, { member, group });
    if (before !== undefined) this.#reconciler.clear(before.group);
  }

  /** The connection's packets stay at this host. Throws LabError. */
  keep(flow: Flow): void {
    const before = this.#applied.get(flowKey(flow));
    if (before === undefined) return;
    this.#applied.delete(flowKey(flow));
    this.#reconciler.clear(before.group);
  }

  /** Throws LabError. */
  clear(): void {
    for (const { group } of this.#applied.values()) this.#reconciler.clear(group);
    this.#applied.clear();
  }

  #parametersOf(flow: Flow, member: Ipv6Address): Parameters<typeof perFlowForwarding>[0] {
    const index = [...this.#tunnels.values()].indexOf(member);
    return {
      ...flow,
      serverPort: flow.servicePort,
      homeAddress: this.#homeAddress,
      homeTunnelName: HOME_TUNNEL,
      memberTunnelName: [...this.#tunnels.keys()][index] ?? '',
      table: FIRST_TABLE + index,
    };
  }
}
