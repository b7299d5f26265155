import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Claim } from './claims.ts';
import { type Epoch, epochAbove } from './epochs.ts';
import type { ContactData, InboundNumbers } from './group-frames.ts';
import { GroupPeers } from './group-peers.ts';
import type { GroupOutput, GroupPlan } from './group-types.ts';

/** What a member of a trust group keeps whether it holds the contact address or backs it up. */
export class GroupContext {
  readonly plan: GroupPlan;
  readonly peers: GroupPeers;
  readonly outputs: GroupOutput[] = [];
  data: ContactData | undefined;
  inbound: InboundNumbers = { bindingAcknowledgements: 0, tunnelIn: 0 };
  /** the last term that this member heard of */
  highest: Epoch | undefined;
  /** the last term of its own */
  own: Epoch | undefined;

  constructor(plan: GroupPlan) {
    this.plan = plan;
    this.peers = new GroupPeers(plan, this.outputs);
    this.highest = plan.lastEpoch;
    this.own = plan.lastEpoch;
  }

  /** The next term of this member; undefined when there is none. */
  nextEpoch(): Epoch | undefined {
    return epochAbove(this.highest, this.plan.order.indexOf(this.plan.self));
  }

  /** Says of itself what it claims. */
  beat(claim: Claim, to: readonly Ipv6Address[] = this.plan.order): void {
    this.peers.beat({ holder: this.plan.self, claim }, this.inbound, to);
  }

  giveData(to: Ipv6Address, claim: Claim): void {
    if (this.data !== undefined) this.peers.giveData(to, claim, this.data);
  }
}
