import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import {
  askAgain,
  bind,
  bound,
  holderBack,
  holderGone,
  superseded,
  unanswered,
} from './successor-binding.ts';
import { drop, keep, keepInput, keepingDeadline, take, wait, warm } from './successor-keeping.ts';
import { SuccessorMachine } from './successor-machine.ts';
import { gone, received, servingDeadline, settle, stands } from './successor-serving.ts';
import type { SuccessorStateName } from './successor-state.ts';
import type { ReplicaState, SuccessorInput, SuccessorOutput, SuccessorPlan } from './successor-types.ts';

/**
 * The member that goes on with a client's connections when their holder dies; ends with `over` or `stop`, once.
 *
 * It keeps what its holder sends and the tokens that a Binding Update takes. When the holder ends or is silent it binds the client under the number that
 * was set for that, and asks it by a probe where each connection stands: what the client has is the only thing that nobody else knows.
 *
 * A holder that was only cut off uses no number above that one without asking for it, so that the client decides: whoever it is bound to serves.
 */
export class Successor<State extends ReplicaState>
  implements Role<SuccessorInput<State>, SuccessorOutput<State>>
{
  readonly #machine: SuccessorMachine<State>;

  constructor(plan: SuccessorPlan, now: Instant) {
    this.#machine = new SuccessorMachine<State>(plan, now);
    this.#machine.put({ kind: 'test' });
  }

  get finished(): boolean {
    return this.state === 'finished' || this.state === 'superseded';
  }

  /** The client is being taken over, or has been. */
  get begun(): boolean {
    return this.state !== 'kept' && !this.finished;
  }

  /** Why a client that is served here cannot be handed off yet: a part of it would stay behind. */
  get whyStays(): string | undefined {
    const { connections, state } = this.#machine;
    if (state.name !== 'live') return undefined;
    if (connections.unserved.length > 0) return 'its other connections are being taken over';
    return connections.owesOctets
      ? 'it may have sent octets that nobody has, and is being looked after'
      : undefined;
  }

  /** For who draws or checks the transitions. */
  get state(): SuccessorStateName {
    return this.#machine.state.name;
  }

  /** Octets that are kept of a connection's input. */
  inputOctets(port: number): number {
    return this.#machine.connections.inputOctets(port);
  }

  get ports(): readonly number[] {
    return this.#machine.connections.ports;
  }

  handle(input: SuccessorInput<State>, now: Instant): void {
    if (this.finished) return;
    const successor = this.#machine;
    const { state } = successor;
    switch (input.kind) {
      case 'replica':
      case 'sequence':
        if (state.name === 'kept') keep(successor, state, input);
        return;
      case 'input':
        if (state.name === 'kept') keepInput(successor, state, input);
        return;
      case 'dropped':
        if (state.name === 'kept') drop(successor, input.port);
        return;
      case 'withdrawn':
        if (state.name === 'kept') successor.refuse(input.reason);
        return;
      case 'holder-gone':
        if (state.name === 'kept') take(successor, state, now);
        else holderGone(successor, state, now);
        return;
      case 'holder-back':
        holderBack(successor, state, now);
        return;
      case 'routable':
        if (state.name === 'kept') warm(successor, now);
        else if (state.name === 'binding') bind(successor, now);
        return;
      case 'bound':
        bound(successor, state);
        return;
      case 'superseded':
        superseded(successor, state, input.reason, now);
        return;
      // Of a handoff.
      case 'moved':
        return;
      case 'refused':
        if (state.name === 'kept') successor.refuse(input.reason);
        else successor.stop(input.reason);
        return;
      case 'unanswered':
        unanswered(successor, state, input.reason);
        return;
      case 'standing':
        stands(successor, state, input, now);
        return;
      case 'served-here':
        if (state.name === 'binding' || state.name === 'probing') successor.over(false);
        return;
      case 'leaves':
        if (state.name === 'live') successor.over(true);
        return;
      case 'received':
        received(successor, input.port, input.octets);
        return;
      case 'client-gone':
        gone(successor, input.port);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): SuccessorOutput<State> | undefined {
    return this.#machine.poll();
  }

  deadline(): Instant | undefined {
    const { state } = this.#machine;
    switch (state.name) {
      case 'kept':
        return keepingDeadline(this.#machine, state);
      case 'probing':
        return earliest([state.probeAt, state.disputed]);
      case 'live':
        return servingDeadline(this.#machine, state);
      case 'binding':
      case 'superseded':
      case 'finished':
        return undefined;
      default:
        return state satisfies never;
    }
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const { state } = this.#machine;
    if (due === undefined || now < due) return;
    if (state.name === 'kept') wait(this.#machine, state, now);
    else if (state.name === 'probing') askAgain(this.#machine, state, now);
    else if (state.name === 'live') settle(this.#machine, state, now);
  }
}
