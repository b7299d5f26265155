import { perFlowForwarding } from '../../../linux/recipes/per-flow.ts';
import type { Reconciler } from '../../../linux/reconciler.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { type Flow, flowKey } from '../../../server/plain/plain-clients.ts';
import type { MemberPaths } from '../contact/member-paths.ts';

/** A routing table for each member tunnel, from here on. */
const FIRST_TABLE = 200;

/** The contact node's kernel rules for connections to its contact address that other members hold. */
export class FlowRules {
  readonly #reconciler: Reconciler;
  readonly #homeAddress: Ipv6Address;
  readonly #paths: MemberPaths;
  /** connection → the member that it goes to, and its reconciler group */
  readonly #applied = new Map<string, { readonly member: Ipv6Address; readonly group: string }>();

  constructor(reconciler: Reconciler, homeAddress: Ipv6Address, paths: MemberPaths) {
    this.#reconciler = reconciler;
    this.#homeAddress = homeAddress;
    this.#paths = paths;
  }

  /** Whether there is a tunnel to this member. */
  reaches(member: Ipv6Address): boolean {
    return this.#paths.tunnels.nameOf(member) !== undefined;
  }

  /**
   * The connection's packets go to `member`, one perhaps of which only a predecessor has told, when there is no channel to it yet. The
   * new rule stands before the old one goes. Throws LabError.
   */
  forward(flow: Flow, member: Ipv6Address): void {
    this.#paths.tunnels.add(member);
    const key = flowKey(flow);
    const before = this.#applied.get(key);
    if (before?.member === member) return;
    const group = `flow ${key} of ${this.#homeAddress} to ${member}`;
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
    const memberTunnelName = this.#paths.tunnels.nameOf(member)!;
    return {
      ...flow,
      serverPort: flow.servicePort,
      homeAddress: this.#homeAddress,
      homeTunnelName: this.#paths.names.homeTunnel,
      memberTunnelName,
      table: FIRST_TABLE + Number(/\d+$/.exec(memberTunnelName)![0]),
    };
  }
}
