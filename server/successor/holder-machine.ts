import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Machine } from '../transitions.ts';
import { EVERY_PORT } from './frames.ts';
import { GatedConnections } from './gated-connections.ts';
import { HeldConnections } from './held-connections.ts';
import { type HolderState, holderTransitions } from './holder-state.ts';
import type { HolderOutput, HolderPlan, KeptBy } from './holder-types.ts';
import { OwnBinding } from './own-binding.ts';

/** What all steps of a holder have in common. */
export class HolderMachine extends Machine<HolderState, HolderOutput> {
  readonly plan: HolderPlan;
  readonly connections = new HeldConnections();
  readonly binding: OwnBinding;
  readonly gated: GatedConnections;
  /** members that do not keep the client */
  readonly refusing = new Set<Ipv6Address>();
  /** the client has Mobile IPv6, as far as is known */
  mobile = true;

  constructor(plan: HolderPlan) {
    super('holder', holderTransitions, { name: 'choosing' });
    this.plan = plan;
    this.binding = new OwnBinding(plan.isBound());
    this.gated = new GatedConnections(this.connections, (output) => this.put(output));
  }

  /** The client is another member's: what is here of it ends without a packet. */
  stop(reason: string): void {
    const { state } = this;
    // A backup would wait for signs of life, and take for dead who has nothing of the client any more.
    if (state.name === 'backed') this.put({ kind: 'send-drop', to: state.backup, port: EVERY_PORT, reason });
    this.gated.drop();
    this.to({ name: 'finished' });
    this.put({ kind: 'stop', reason });
    this.put({ kind: 'over' });
  }

  /** Nothing of the client is left. `keptBy`: this member may not have heard of it. */
  over(keptBy?: KeptBy): void {
    this.to({ name: 'finished' });
    this.put(keptBy === undefined ? { kind: 'over' } : { kind: 'over', keptBy });
  }
}
