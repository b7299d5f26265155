import type { Instant } from '../../mip6/roles/shared/role.ts';
import { Machine } from '../transitions.ts';
import { KeptConnections } from './kept-connections.ts';
import { type SuccessorState, successorTransitions } from './successor-state.ts';
import type { ReplicaState, SuccessorOutput, SuccessorPlan } from './successor-types.ts';

/** What all steps of a successor have in common. */
export class SuccessorMachine<State extends ReplicaState> extends Machine<
  SuccessorState,
  SuccessorOutput<State>
> {
  readonly plan: SuccessorPlan;
  readonly connections = new KeptConnections<State>();
  /** the number that its one Binding Update has */
  takeover = 0;
  /** of the holder's last frame, and of the last that was acknowledged */
  number = 0;
  acknowledged = 0;
  /** a connection is served here, or was */
  served = false;
  /** the holder is silent only from here on: this process itself may have stood still */
  patientFrom = Number.NEGATIVE_INFINITY;

  constructor(plan: SuccessorPlan, now: Instant) {
    super('successor', successorTransitions, { name: 'kept', warm: false, testedAt: now });
    this.plan = plan;
  }

  /** Nothing of the client is kept here any more, and its holder is to know. */
  refuse(reason: string): void {
    this.put({ kind: 'refuse', reason });
    this.over(false);
  }

  over(served: boolean): void {
    this.to({ name: 'finished' });
    this.put({ kind: 'over', served });
  }

  /** The client is another member's. */
  stop(reason: string): void {
    this.to({ name: 'superseded' });
    this.put({ kind: 'stop', reason });
  }
}
