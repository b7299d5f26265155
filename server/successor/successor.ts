import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { isLate } from '../attention.ts';
import { Machine } from '../transitions.ts';
import { KeptConnections } from './kept-connections.ts';
import {
  DISPUTE_MS,
  FIRST_PROBES_MS,
  PROBE_MS,
  RETEST_MS,
  SETTLING_MS,
  type SuccessorIn,
  type SuccessorState,
  type SuccessorStateName,
  successorTransitions,
} from './successor-state.ts';
import type {
  ReplicaState,
  Standing,
  SuccessorInput,
  SuccessorOutput,
  SuccessorPlan,
} from './successor-types.ts';

const HOLDER_LIVES = 'its holder lives';
const never = Number.POSITIVE_INFINITY;

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
  readonly #plan: SuccessorPlan;
  readonly #connections = new KeptConnections<State>();
  readonly #machine: Machine<SuccessorState, SuccessorOutput<State>>;
  #takeover = 0;
  /** of the holder's last frame, and of the last that was acknowledged */
  #number = 0;
  #acknowledged = 0;
  #served = false;
  /** the holder is silent only from here on: this process itself may have stood still */
  #patientFrom = Number.NEGATIVE_INFINITY;

  constructor(plan: SuccessorPlan, now: Instant) {
    this.#plan = plan;
    const first = { name: 'kept', warm: false, testedAt: now } as const;
    this.#machine = new Machine<SuccessorState, SuccessorOutput<State>>(
      'successor',
      successorTransitions,
      first,
    );
    this.#machine.put({ kind: 'test' });
  }

  get finished(): boolean {
    return this.state === 'finished' || this.state === 'superseded';
  }

  /** The client is being taken over, or has been. */
  get begun(): boolean {
    return this.state !== 'kept' && !this.finished;
  }

  /** For who draws or checks the transitions. */
  get state(): SuccessorStateName {
    return this.#machine.state.name;
  }

  /** Octets that are kept of a connection's input. */
  inputOctets(port: number): number {
    return this.#connections.inputOctets(port);
  }

  get ports(): readonly number[] {
    return this.#connections.ports;
  }

  handle(input: SuccessorInput<State>, now: Instant): void {
    const { state } = this.#machine;
    if (this.finished) return;
    switch (input.kind) {
      case 'replica':
      case 'sequence':
        if (state.name === 'kept') this.#keep(state, input);
        return;
      case 'input':
        if (state.name === 'kept') this.#input(state, input);
        return;
      case 'dropped':
        if (state.name === 'kept') this.#dropped(input.port);
        return;
      case 'withdrawn':
        if (state.name === 'kept') this.#refuse(input.reason);
        return;
      case 'holder-gone':
        if (state.name === 'kept') this.#take(state, now);
        // Whoever was in reach again is not, for good: nobody else may be there.
        else if (state.name === 'probing' && state.disputed !== undefined) this.#bind(now);
        return;
      case 'holder-back':
        this.#holderBack(state, now);
        return;
      case 'routable':
        this.#routable(state, now);
        return;
      case 'bound':
        if (state.name === 'live') this.#machine.to({ ...state, acknowledged: true, renewing: false });
        else if (state.name === 'probing') this.#machine.to({ ...state, acknowledged: true });
        return;
      case 'superseded':
        this.#superseded(state, input.reason, now);
        return;
      // Of a handoff.
      case 'moved':
        return;
      case 'refused':
        if (state.name === 'kept') this.#refuse(input.reason);
        else this.#stop(input.reason);
        return;
      case 'unanswered':
        this.#unanswered(state, input.reason);
        return;
      case 'standing':
        this.#standing(state, input, now);
        return;
      case 'received':
        this.#received(input.port, input.octets);
        return;
      case 'client-gone':
        this.#gone(input.port);
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
        return Math.min(this.#silentAt, state.testedAt + RETEST_MS);
      case 'probing':
        return earliest([state.probeAt, state.disputed]);
      case 'live':
        if (state.settledAt === never) return undefined;
        return earliest([state.settledAt, this.#connections.unserved.length > 0 ? state.probeAt : undefined]);
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
    if (state.name === 'kept') {
      if (now >= state.testedAt + RETEST_MS) this.#test({ ...state, testedAt: now });
      if (now >= this.#silentAt) this.#silent(state, now);
    } else if (state.name === 'probing') {
      if (state.disputed !== undefined && now >= state.disputed) this.#stop('the client is another member’s');
      else this.#probe(state, now);
    } else if (state.name === 'live') {
      if (now >= state.settledAt) this.#settle(state);
      else this.#probe(state, now);
    }
  }

  get #silentAt(): Instant {
    return Math.max(this.#plan.heardAt(), this.#patientFrom) + this.#plan.silentMs;
  }

  /** Not yet when this process stood still as well: what the holder has sent meanwhile is not read yet. */
  #silent(state: SuccessorIn<'kept'>, now: Instant): void {
    if (isLate(now, this.#silentAt)) this.#patientFrom = now;
    else this.#take(state, now);
  }

  #keep(
    state: SuccessorIn<'kept'>,
    input: Extract<SuccessorInput<State>, { readonly kind: 'replica' | 'sequence' }>,
  ): void {
    this.#number = input.number;
    this.#takeover = input.takeover;
    if (input.kind === 'replica') this.#connections.keep(input);
    if (state.warm) this.#acknowledge();
  }

  /** A hole in what is kept cannot be mended: the holder finds another backup. */
  #input(
    state: SuccessorIn<'kept'>,
    { number, port, piece }: Extract<SuccessorInput<State>, { readonly kind: 'input' }>,
  ): void {
    this.#number = number;
    if (!this.#connections.input(port, piece)) this.#refuse('what the client has sent cannot be kept');
    else if (state.warm) this.#acknowledge();
  }

  #acknowledge(): void {
    if (this.#acknowledged === this.#number || this.#connections.size === 0) return;
    this.#acknowledged = this.#number;
    this.#machine.put({ kind: 'acknowledge', number: this.#number });
  }

  #dropped(port: number): void {
    this.#connections.drop(port);
    if (this.#connections.size === 0) this.#over(false);
  }

  #test(state: SuccessorIn<'kept'>): void {
    this.#machine.to(state);
    this.#machine.put({ kind: 'test' });
  }

  #routable(state: SuccessorState, now: Instant): void {
    if (state.name === 'kept') {
      this.#machine.to({ name: 'kept', warm: true, testedAt: now });
      this.#acknowledge();
    } else if (state.name === 'binding') this.#bind(now);
  }

  /** The holder is gone, or silent. */
  #take(state: SuccessorIn<'kept'>, now: Instant): void {
    if (this.#connections.size === 0) this.#over(false);
    else if (state.warm) this.#bind(now);
    else {
      this.#machine.to({ name: 'binding' });
      this.#machine.put({ kind: 'test' });
    }
  }

  /**
   * The holder was not dead. A client that has not answered by now may be served there still; or it has ended its connection there, and what it has opened since
   * is another member's: to be bound here would part it from that. Unless it is bound here already, which its answer to a probe says.
   */
  #holderBack(state: SuccessorState, now: Instant): void {
    if (state.name === 'binding') this.#stop(HOLDER_LIVES);
    else if (state.name === 'probing' && !state.acknowledged && state.disputed === undefined) {
      this.#machine.put({ kind: 'hold-back' });
      this.#probe({ ...state, disputed: now + DISPUTE_MS }, now);
    }
  }

  /** The Binding Update, and soon behind it the first probe of every connection. */
  #bind(now: Instant): void {
    this.#machine.put({ kind: 'bind', sequence: this.#takeover });
    this.#machine.to({ name: 'probing', probeAt: now + FIRST_PROBES_MS[0]!, probes: 0, acknowledged: false });
  }

  #probe(state: SuccessorIn<'probing' | 'live'>, now: Instant): void {
    const probes = state.probes + 1;
    this.#machine.to({ ...state, probes, probeAt: now + (FIRST_PROBES_MS[probes] ?? PROBE_MS) });
    for (const connection of this.#connections.unserved) this.#machine.put({ kind: 'probe', ...connection });
  }

  /**
   * Somebody has used the number: the holder, which asks by it; an acceptor of the holder's, by a later one; or this member, whose first Binding Update
   * was answered and the answer lost. The client answers a probe of the member alone that it is bound to.
   */
  #superseded(state: SuccessorState, reason: string, now: Instant): void {
    if (state.name === 'probing' && state.disputed === undefined)
      this.#probe({ ...state, disputed: now + DISPUTE_MS }, now);
    // It has answered a probe, and so was bound here: the number is one that it had accepted from here, perhaps.
    else if (state.name === 'live' && !state.acknowledged && !state.renewing) this.#renew(state);
    else if (state.name === 'live') this.#stop(reason);
    else if (state.name === 'kept') this.#refuse(reason);
    else if (state.name === 'binding') this.#stop(reason);
  }

  #renew(state: SuccessorIn<'live'>): void {
    this.#machine.to({ ...state, renewing: true });
    this.#machine.put({ kind: 'renew' });
  }

  /** Nobody else may be there to serve the client: as long as it is not known to be another's it is asked again. */
  #unanswered(state: SuccessorState, reason: string): void {
    if (state.name === 'kept') {
      if (!state.warm) this.#refuse(reason);
    } else if (state.name === 'binding') this.#machine.put({ kind: 'test' });
    else if (state.name === 'probing' && state.disputed === undefined)
      this.#machine.put({ kind: 'bind', sequence: this.#takeover });
  }

  #standing(
    state: SuccessorState,
    { port, standing, ahead }: Extract<SuccessorInput<State>, { readonly kind: 'standing' }>,
    now: Instant,
  ): void {
    const again = this.#connections.isServed(port);
    if (again === undefined || (state.name !== 'probing' && state.name !== 'live')) return;
    // What has come behind `serve` is the new socket's own affair, unless it cannot be.
    if (again && !ahead) return;
    if (state.name === 'probing') {
      const { disputed: _, ...probing } = state;
      const live = { ...probing, name: 'live', settledAt: now + SETTLING_MS, renewing: false } as const;
      this.#machine.to(live);
      // It answers to a number that it has been given before: the answer to that was lost.
      if (state.disputed !== undefined) this.#renew(live);
    }
    if (standing.over) this.#gone(port);
    else this.#serve(port, standing);
  }

  #serve(port: number, standing: Standing): void {
    const output = this.#connections.serve(port, standing);
    this.#machine.put(output);
    if (output.kind === 'serve') this.#served = true;
    else this.#gone(port);
  }

  #gone(port: number): void {
    if (this.state === 'kept') return;
    this.#connections.drop(port);
    if (this.#connections.size > 0) return;
    // The end of what was served takes the binding with it.
    if (!this.#served) this.#machine.put({ kind: 'let-go' });
    this.#over(this.#served);
  }

  /** What the client has sent to the holder, and will not send again, nobody has. */
  #settle(state: SuccessorIn<'live'>): void {
    const { owed } = this.#connections;
    for (const port of owed) this.#machine.put({ kind: 'check-input', port });
    if (owed.length === 0) this.#over(true);
    else this.#machine.to({ ...state, settledAt: never });
  }

  #received(port: number, octets: number): void {
    if (this.state !== 'live' || this.#connections.isServed(port) !== true) return;
    const lost = this.#connections.settle(port, octets);
    if (lost !== undefined) this.#machine.put(lost);
    if (this.#connections.owed.length === 0) this.#over(true);
  }

  #refuse(reason: string): void {
    this.#machine.put({ kind: 'refuse', reason });
    this.#over(false);
  }

  #over(served: boolean): void {
    this.#machine.to({ name: 'finished' });
    this.#machine.put({ kind: 'over', served });
  }

  #stop(reason: string): void {
    this.#machine.to({ name: 'superseded' });
    this.#machine.put({ kind: 'stop', reason });
  }
}
