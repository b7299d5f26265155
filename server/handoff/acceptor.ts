import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { bindDisputed, bound, moved, optimise, superseded, unanswered } from './acceptor-binding.ts';
import { initiate, prepare, proceed, reached, refresh, tested } from './acceptor-init.ts';
import {
  AcceptorMachine,
  type AcceptorState,
  type In,
  isServed,
  NEVER,
  type Unfinished,
  unboundUntil,
} from './acceptor-states.ts';
import type { AcceptorInput, AcceptorOutput, AcceptorPlan } from './acceptor-types.ts';

/**
 * Long after any donor has given up taking its client back (`PATIENCE_IN_LEASES`); the sequence numbers of so many renewals and
 * their retransmissions stay below the donor's (`server/sequence-margin.ts`).
 */
const MOST_RENEWALS = 300;

/**
 * The acceptor's half of a handoff; ends with `settled`, `stop` or `abandon`, exactly once.
 *
 * It binds the client only while its channel to the donor stands, or when it knows that the donor's process is no more. Once the
 * client has accepted that, the client is its own. As long as it hears nothing of its donor it asks the client by a renewed
 * binding, and serves on unless the answer is that another member has it.
 *
 * It takes all connections of the client, or none: it binds the client when every socket stands.
 */
export class Acceptor<State> implements Role<AcceptorInput<State>, AcceptorOutput<State>> {
  readonly #machine: AcceptorMachine<State>;
  readonly #giveUpAt: Instant;

  constructor(plan: AcceptorPlan, now: Instant) {
    this.#machine = new AcceptorMachine(plan);
    this.#giveUpAt = now + plan.timeoutMs;
  }

  /** For who draws or checks the transitions. */
  get state(): AcceptorState['name'] {
    return this.#machine.state.name;
  }

  /** Init has come: the client stands still for this handoff, or is served here already. */
  get begun(): boolean {
    return this.state !== 'preparing' && this.state !== 'finished';
  }

  /** It is a candidate, whose tokens are kept fresh, and which may never be taken. */
  get stands(): boolean {
    const { state } = this.#machine;
    return state.name === 'preparing' && state.keeps;
  }

  handle(input: AcceptorInput<State>, now: Instant): void {
    const acceptor = this.#machine;
    const { state } = acceptor;
    // Whatever is heard afterwards changes nothing.
    if (state.name === 'finished') return;
    switch (input.kind) {
      case 'prepare':
        if (state.name === 'preparing') prepare(acceptor, state, input.variant);
        return;
      case 'init':
        if (state.name === 'preparing') initiate(acceptor, state, input, now);
        return;
      case 'forgotten':
        if ('routable' in state && state.routable !== 'not-begun')
          acceptor.to(acceptor.test({ ...state, routable: 'not-begun' }));
        return;
      case 'cancel':
        if (state.name === 'active') acceptor.done(state.sequence);
        // The client may have octets from here that no donor can go on behind: it is the client's word whose it is.
        else if (state.name !== 'binding' || !isServed(state))
          acceptor.refuse(state, 'cancelled by the donor');
        return;
      case 'released':
        if (state.name === 'active') acceptor.settle();
        return;
      case 'ask':
        if ('taking' in state && isServed(state))
          acceptor.to({ ...state, taking: { ...state.taking, servedSince: now } });
        return;
      case 'grant':
        // The donor has not used the number: if anybody has, this member.
        if (state.name === 'disputed' || (state.name === 'binding' && isServed(state)))
          bindDisputed(acceptor, state, 'connected', now);
        return;
      case 'restored':
        if (state.name === 'initiated') proceed(acceptor, { ...state, restored: true }, now);
        return;
      case 'not-restored':
        if (state.name === 'initiated') acceptor.refuse(state, input.reason);
        return;
      case 'withdrawn':
        if (!isServed(state)) acceptor.refuse(state, input.reason);
        return;
      case 'client-gone':
        this.#ended(state, input.connection);
        return;
      case 'channel-lost':
        this.#donorLost(state, 'unreachable', now);
        return;
      case 'peer-gone':
        this.#donorLost(state, 'gone', now);
        return;
      case 'channel-restored':
        this.#donorBack(state, now);
        return;
      case 'routable':
        if (state.name === 'preparing') tested(acceptor, state, input, now);
        else if (state.name === 'initiated') reached(acceptor, state, input, now);
        return;
      case 'bound':
        bound(acceptor, state, input.sequence, now);
        return;
      case 'superseded':
        superseded(acceptor, state, input.accepted, now);
        return;
      case 'moved':
        if (state.name === 'binding') moved(acceptor, state, now);
        return;
      case 'refused':
        if (state.name !== 'active') acceptor.refuse(state, input.reason);
        return;
      case 'unanswered':
        unanswered(acceptor, state, input.reason, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): AcceptorOutput<State> | undefined {
    return this.#machine.poll();
  }

  deadline(): Instant | undefined {
    const { state, plan } = this.#machine;
    if (state.name === 'finished') return undefined;
    if (state.name === 'active') return (state.asked ?? state.since) + plan.leaseMs;
    // Whoever announced the client says when it is over.
    if (state.name === 'preparing' && state.keeps) return state.refreshAt;
    return Math.min(this.#patience(state), goesOnAt(state), unboundUntil(state, plan.leaseMs));
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const { state, plan } = this.#machine;
    if (due === undefined || now < due || state.name === 'finished') return;
    if (state.name === 'active') this.#askAfter(state, now);
    else if (state.name === 'preparing' && state.keeps) refresh(this.#machine, state);
    else if (state.name === 'binding' && state.startAt !== undefined && now >= state.startAt)
      this.#machine.serve(state, now);
    else if (state.name === 'initiated' && now >= goesOnAt(state))
      proceed(this.#machine, { ...state, holdUntil: undefined }, now);
    else if (now >= this.#patience(state))
      this.#machine.refuse(state, `not finished within ${plan.timeoutMs} ms`);
    else if (state.name === 'binding') optimise(this.#machine, state);
    else this.#machine.refuse(state, `neither donor nor client is heard of for ${plan.leaseMs} ms`);
  }

  /** A client that has been served is nobody else's, however long nothing is heard: as long as its donor waits, the network may heal. */
  #patience(state: Exclude<Unfinished, In<'active'>>): Instant {
    const { servedSince } = 'taking' in state ? state.taking : {};
    return servedSince === undefined
      ? this.#giveUpAt
      : servedSince + MOST_RENEWALS * this.#machine.plan.leaseMs;
  }

  /** Hears nothing of its donor. Without an answer the client is cut off from here; it still is nobody else's. */
  #askAfter(state: In<'active'>, now: Instant): void {
    if (state.renewals >= MOST_RENEWALS) {
      this.#machine.settle();
      return;
    }
    this.#machine.to({ ...state, asked: now, renewals: state.renewals + 1 });
    this.#machine.put({ kind: 'renew' });
  }

  #donorLost(state: Unfinished, donor: 'unreachable' | 'gone', now: Instant): void {
    const acceptor = this.#machine;
    switch (state.name) {
      case 'preparing':
        acceptor.abandon(state, 'the channel to the donor is lost');
        return;
      case 'initiated':
        proceed(acceptor, { ...state, donor }, now);
        return;
      case 'binding':
        acceptor.to({ ...state, donor });
        return;
      case 'disputed':
        if (donor === 'gone') bindDisputed(acceptor, state, donor, now);
        return;
      case 'active':
        if (donor === 'gone') acceptor.settle();
        return;
      default:
        state satisfies never;
    }
  }

  #donorBack(state: Unfinished, now: Instant): void {
    if (state.name === 'active') this.#machine.done(state.sequence);
    else if (state.name === 'disputed') this.#machine.claim();
    else if (state.name === 'binding' && isServed(state)) this.#machine.to({ ...state, donor: 'connected' });
    // One that serves in the reverse tunnel before it has been tested binds the client now.
    else if (state.name === 'initiated' && isServed(state))
      proceed(this.#machine, { ...state, donor: 'connected' }, now);
    // A donor that doubts says so.
    else if (!isServed(state)) this.#machine.refuse(state, 'the channel was lost on the way');
  }

  #ended(state: Unfinished, connection: number): void {
    if (!isServed(state)) return;
    if (state.name === 'active') {
      const ended = withOne(state.ended, connection);
      if (ended.length < state.connections) this.#machine.to({ ...state, ended });
      else this.#machine.settle();
    } else if ('taking' in state) {
      const { taking } = state;
      this.#machine.to({ ...state, taking: { ...taking, ended: withOne(taking.ended, connection) } });
    }
  }
}

/** When an acceptor does by itself what it has held back. */
function goesOnAt(state: Exclude<Unfinished, In<'active'>>): Instant {
  if (state.name === 'initiated') return state.holdUntil ?? NEVER;
  return state.name === 'binding' ? (state.startAt ?? NEVER) : NEVER;
}

function withOne(connections: readonly number[], one: number): readonly number[] {
  return connections.includes(one) ? connections : [...connections, one];
}
