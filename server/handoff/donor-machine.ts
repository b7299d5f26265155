import { type DonorState, donorTransitions, type Early } from './donor-states.ts';
import type { ConnectionId, DonorOutput, DonorPlan } from './donor-types.ts';
import type { FrameToAcceptor } from './frames.ts';
import { Machine } from './transitions.ts';

/** What a donor's steps before and behind Init have in common. */
export class DonorMachine extends Machine<DonorState, DonorOutput> {
  readonly plan: DonorPlan;

  constructor(plan: DonorPlan) {
    const { connections, prepared } = plan;
    const serving = { connections, ...(prepared === undefined ? {} : { proof: prepared }) };
    super('donor', donorTransitions, { name: 'sending', unsent: connections, serving });
    this.plan = plan;
  }

  send(frame: FrameToAcceptor): void {
    this.put({ kind: 'send', frame });
  }

  /** Frames that name the handoff and say no more. */
  tell(kind: 'ask' | 'cancel' | 'released' | 'grant'): void {
    this.send({ kind, handoff: this.plan.handoff });
  }

  /** This member serves on. */
  resume(connections: readonly ConnectionId[], reason: string, checkClient: boolean): void {
    this.to({ name: 'finished' });
    this.put({ kind: 'resume', connections, reason, checkClient });
  }

  /** Once is enough. */
  announce(): void {
    if (!this.plan.announced) this.put({ kind: 'announce' });
  }

  /** The handoff comes to nothing before Init: an acceptor that was asked to prepare must not wait for one. */
  withdraw({ name }: Early): void {
    const { announced, variant } = this.plan;
    const told = variant.prepareAt === 'last-send' ? name !== 'sending' : variant.prepareAt === 'request';
    if (announced || told) this.tell('cancel');
  }

  stay(state: Early, reason: string): void {
    this.withdraw(state);
    this.resume(state.serving.connections, reason, false);
  }
}
