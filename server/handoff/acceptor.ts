import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { contestedSequence } from '../sequence-margin.ts';
import {
  type AcceptorState,
  acceptorTransitions,
  earlyOf,
  type In,
  isServed,
  mayBeBound,
  type Name,
  type Routable,
  type Unfinished,
} from './acceptor-states.ts';
import type { AcceptorInput, AcceptorOutput, AcceptorPlan } from './acceptor-types.ts';
import { awaitsPrepared, type HandoffAxes, type WholeAxes, wholeAxes } from './axes.ts';
import type { BindingAnswer, BindingRequest } from './client-bindings.ts';
import type { FrameToDonor } from './frames.ts';
import { checkTransition } from './transitions.ts';

export { acceptorTransitions } from './acceptor-states.ts';

/**
 * Long after any donor has given up taking its client back (`PATIENCE_IN_LEASES`); the sequence numbers of so many renewals and
 * their retransmissions stay below the donor's (`server/sequence-margin.ts`).
 */
const MOST_RENEWALS = 300;
type Binding = Extract<BindingRequest, { readonly kind: 'bind' }>;

const NEVER = Number.POSITIVE_INFINITY;
const ANOTHERS = 'another member has bound the client';

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
  readonly #plan: AcceptorPlan;
  readonly #giveUpAt: Instant;
  readonly #outputs: AcceptorOutput<State>[] = [];
  #state: AcceptorState = { name: 'preparing', routable: 'not-begun', tells: false };

  constructor(plan: AcceptorPlan, now: Instant) {
    this.#plan = plan;
    this.#giveUpAt = now + plan.timeoutMs;
  }

  get finished(): boolean {
    return this.#state.name === 'finished';
  }

  /** Init has come: the client stands still for this handoff, or is served here already. */
  get begun(): boolean {
    return this.#state.name !== 'preparing' && this.#state.name !== 'finished';
  }

  /** For who draws or checks the transitions. */
  get state(): Name {
    return this.#state.name;
  }

  handle(input: AcceptorInput<State>, now: Instant): void {
    const state = this.#state;
    // Whatever is heard afterwards changes nothing.
    if (state.name === 'finished') return;
    switch (input.kind) {
      case 'prepare':
        if (state.name === 'preparing') this.#prepare(state, input.variant);
        return;
      case 'init':
        if (state.name === 'preparing') this.#initiate(state, input);
        return;
      case 'cancel':
        if (state.name === 'active') this.#done(state.sequence);
        else this.#refuse(state, 'cancelled by the donor');
        return;
      case 'released':
        if (state.name === 'active') this.#settle();
        return;
      case 'ask':
        if (isServed(state) && state.name !== 'active')
          this.#to({ ...state, servedSince: now } as Unfinished);
        return;
      case 'grant':
        // The donor has not used the number: if anybody has, this member.
        if (state.name === 'disputed')
          this.#bind({ ...state, name: 'binding', donor: 'connected', since: now, numbers: 'any' });
        return;
      case 'restored':
        if (state.name === 'initiated') this.#proceed({ ...state, restored: true }, now);
        return;
      case 'not-restored':
        if (state.name === 'initiated') this.#refuse(state, input.reason);
        return;
      case 'withdrawn':
        if (!isServed(state)) this.#refuse(state, input.reason);
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
        this.#donorBack(state);
        return;
      case 'routable':
        if (state.name === 'preparing') this.#tested(state, input);
        else if (state.name === 'initiated') this.#proceed({ ...state, routable: 'complete' }, now);
        return;
      case 'bound':
        this.#bound(state, input.sequence, now);
        return;
      case 'superseded':
        this.#superseded(state, input.accepted, now);
        return;
      case 'moved':
        if (state.name === 'binding') this.#moved(state, now);
        return;
      case 'refused':
        if (state.name !== 'active') this.#refuse(state, input.reason);
        return;
      case 'unanswered':
        this.#unanswered(state, input, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): AcceptorOutput<State> | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    const state = this.#state;
    if (state.name === 'finished') return undefined;
    if (state.name === 'active') return (state.asked ?? state.since) + this.#plan.leaseMs;
    const startAt = state.name === 'binding' ? (state.startAt ?? NEVER) : NEVER;
    return Math.min(this.#giveUpAt, startAt, this.#unboundUntil(state));
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const state = this.#state;
    if (due === undefined || now < due || state.name === 'finished') return;
    if (state.name === 'active') this.#askAfter(state, now);
    else if (state.name === 'binding' && state.startAt !== undefined && now >= state.startAt)
      this.#serve(state, now);
    else if (now >= this.#giveUpAt) this.#refuse(state, `not finished within ${this.#plan.timeoutMs} ms`);
    else this.#refuse(state, `neither donor nor client is heard of for ${this.#plan.leaseMs} ms`);
  }

  /** Hears nothing of its donor. Without an answer the client is cut off from here; it still is nobody else's. */
  #askAfter(state: In<'active'>, now: Instant): void {
    if (state.renewals >= MOST_RENEWALS) this.#settle();
    else this.#renew({ ...state, asked: now, renewals: state.renewals + 1 });
  }

  /**
   * A client takes what comes in the reverse tunnel whoever has bound it: as long as it has not said that it is this member's, a
   * donor that hears nothing may take it back, and counts on this member's having stopped two leases later.
   */
  #unboundUntil(state: Exclude<Unfinished, In<'active'>>): Instant {
    if (state.name === 'preparing' || state.servedSince === undefined) return NEVER;
    if (state.name !== 'disputed' && state.donor === 'gone') return NEVER;
    return state.axes.firstPath === 'reverse-tunnel' ? state.servedSince + this.#plan.leaseMs : NEVER;
  }

  #prepare(state: In<'preparing'>, variant: HandoffAxes): void {
    const told = { ...state, tells: awaitsPrepared(variant) };
    if (variant.returnRoutability === 'at-prepare') this.#to(this.#test(told));
  }

  /** The donor that binds the client itself waits for this. */
  #tested(state: In<'preparing'>, { careOf }: Extract<BindingAnswer, { kind: 'routable' }>): void {
    this.#to({ ...state, routable: 'complete' });
    if (state.tells && careOf !== undefined)
      this.#send({ kind: 'prepared', handoff: this.#plan.handoff, ...careOf });
  }

  #initiate({ routable }: In<'preparing'>, init: Extract<AcceptorInput<State>, { kind: 'init' }>): void {
    const { connections, sequence: lastSequence } = init;
    const axes = wholeAxes(init.variant);
    const applicationStates = connections.map(({ applicationState }) => applicationState);
    // Return routability first: its messages travel while the sockets are being re-created.
    const needsTests = axes.binder !== 'donor' || axes.start !== 'init';
    const { routable: begun } = needsTests ? this.#test({ routable }) : { routable };
    const taking = { axes, lastSequence, applicationStates, ended: [] };
    this.#to({ name: 'initiated', routable: begun, restored: false, donor: 'connected', ...taking });
    this.#put({ kind: 'restore-sockets', connections });
  }

  /** Begins return routability, once. */
  #test<Tested extends { readonly routable: Routable }>(state: Tested): Tested {
    if (state.routable !== 'not-begun') return state;
    this.#put({ kind: 'start-return-routability' });
    return { ...state, routable: 'begun' };
  }

  /** Binds the client when everything is there for it; not while the donor may be serving on. */
  #proceed(state: In<'initiated'>, now: Instant): void {
    this.#to(state);
    const { restored, routable, donor, axes } = state;
    if (donor === 'unreachable' || !restored) return;
    if (axes.binder === 'donor') {
      this.#adopt(state, now);
      return;
    }
    const isUnbound = axes.start === 'init' && axes.binder === 'acceptor' && state.servedSince === undefined;
    const early = isUnbound ? this.#serve(state, now) : state;
    if (routable !== 'complete') return;
    // A donor that has bound the client itself does it by other numbers.
    const alone = this.#plan.claims && axes.binder === 'acceptor';
    const numbers = alone ? (donor === 'gone' ? 'alone' : 'first') : 'any';
    this.#begin({ name: 'binding', donor, since: now, numbers, ...earlyOf(early) }, now);
  }

  /** The first Binding Update; where its acknowledgement is not awaited, the client is served a little later. */
  #begin(state: In<'binding'>, now: Instant): void {
    const { start, guardMs } = state.axes;
    const waits = start === 'acknowledgement' || isServed(state);
    const binding = waits ? state : { ...state, startAt: now + guardMs };
    const { lastSequence, numbers, axes } = binding;
    this.#to(binding);
    this.#put({ kind: 'bind', lastSequence, insists: numbers !== 'any', ...transmissionOf(axes) });
    if (!waits && guardMs === 0) this.#serve(binding, now);
  }

  /** The donor has bound the client to this member behind its last octets. */
  #adopt({ donor, ended, applicationStates, lastSequence: sequence }: In<'initiated'>, now: Instant): void {
    const connections = applicationStates.length;
    this.#to({ name: 'active', connections, ended, sequence, since: now, renewals: 0 });
    this.#put({ kind: 'adopt', sequence });
    this.#put({ kind: 'activate', applicationStates });
    if (donor === 'gone') this.#settle();
    else this.#done(sequence);
  }

  /** Before the client has acknowledged anything. */
  #serve<Served extends In<'initiated' | 'binding'>>(state: Served, now: Instant): Served {
    const { startAt: _, ...rest } = { startAt: undefined, ...state };
    const served = { ...rest, servedSince: now } as unknown as Served;
    this.#to(served);
    this.#put({ kind: 'activate', applicationStates: state.applicationStates });
    return served;
  }

  #donorLost(state: Unfinished, donor: 'unreachable' | 'gone', now: Instant): void {
    switch (state.name) {
      case 'preparing':
        this.#abandon(state, 'the channel to the donor is lost');
        return;
      case 'initiated':
        this.#proceed({ ...state, donor }, now);
        return;
      case 'binding':
        this.#to({ ...state, donor });
        return;
      case 'disputed':
        // It may have served on before it died. The client knows.
        if (donor === 'gone') this.#bind({ ...state, name: 'binding', donor, since: now, numbers: 'alone' });
        return;
      case 'active':
        if (donor === 'gone') this.#settle();
        return;
      default:
        state satisfies never;
    }
  }

  #donorBack(state: Unfinished): void {
    if (state.name === 'active') this.#done(state.sequence);
    else if (state.name === 'disputed') this.#claim();
    // A donor that doubts says so.
    else if (!isServed(state)) this.#refuse(state, 'the channel was lost on the way');
  }

  #bound(state: Unfinished, sequence: number, now: Instant): void {
    if (state.name === 'active') {
      const { asked, ...answered } = state;
      if (asked !== undefined) this.#to({ ...answered, since: asked });
    } else if (state.name === 'binding') this.#activate(state, sequence, now);
  }

  #activate(state: In<'binding'>, sequence: number, now: Instant): void {
    // The application goes on first; the donor, which only cleans up, hears of it afterwards.
    const { since, donor, applicationStates, ended } = isServed(state) ? state : this.#serve(state, now);
    const connections = applicationStates.length;
    this.#to({ name: 'active', connections, ended, sequence, since, renewals: 0 });
    if (donor === 'gone') this.#settle();
    else {
      this.#done(sequence);
      if (ended.length === connections) this.#settle();
    }
  }

  /**
   * It is the client's word whose it is. Of the number that the donor may have used too, the donor knows more. One that has died with no greater
   * number than this at the client has not served since Init: this member goes on, whoever of the two the client has bound.
   */
  #superseded(state: Unfinished, accepted: number | undefined, now: Instant): void {
    if (state.name === 'active') this.#stop(ANOTHERS);
    else if (state.name !== 'binding' || state.numbers === 'any' || state.numbers === 'inherited')
      this.#refuse(state, ANOTHERS);
    else if (state.donor !== 'gone') this.#dispute(state);
    else if (accepted !== contestedSequence(state.lastSequence)) this.#refuse(state, ANOTHERS);
    // An answer from before the donor's end says nothing of what it has done last.
    else this.#bind({ ...state, since: now, numbers: state.numbers === 'first' ? 'alone' : 'inherited' });
  }

  #dispute(state: In<'binding'>): void {
    const { since, donor } = state;
    this.#to({ name: 'disputed', since, ...earlyOf(state) });
    if (donor === 'connected') this.#claim();
  }

  /** The donor may have got an answer, too: only if it is no more, or has granted it, another one is asked for. */
  #moved(state: In<'binding'>, now: Instant): void {
    if (state.numbers === 'first' && state.donor !== 'gone') this.#dispute(state);
    else this.#bindAgain(state, now);
  }

  /** Without a donor there may be nobody else to serve the client: as long as there is time it is asked again. */
  #unanswered(
    state: Unfinished,
    { reason }: Extract<BindingAnswer, { kind: 'unanswered' }>,
    now: Instant,
  ): void {
    if (state.name === 'active') return;
    if (state.name === 'binding' && state.donor !== 'connected') this.#bindAgain(state, now);
    else if (state.name === 'initiated' && state.donor !== 'connected' && state.restored)
      this.#to(this.#test({ ...state, routable: 'not-begun' }));
    else this.#refuse(state, reason);
  }

  #bindAgain(state: In<'binding'>, now: Instant): void {
    const { donor, numbers } = state;
    this.#bind(donor === 'gone' && numbers === 'first' ? { ...state, since: now, numbers: 'alone' } : state);
  }

  #bind(state: In<'binding'>): void {
    const { numbers, lastSequence } = state;
    this.#to(state);
    if (numbers === 'first' || numbers === 'alone')
      this.#put({ kind: 'bind', lastSequence, insists: true, ...transmissionOf(state.axes) });
    else this.#put({ kind: 'bind-again', lastSequence, inherits: numbers === 'inherited' });
  }

  #renew(state: In<'active'>): void {
    this.#to(state);
    this.#put({ kind: 'renew' });
  }

  #ended(state: Unfinished, connection: number): void {
    if (state.name === 'preparing' || !isServed(state)) return;
    const ended = [...new Set([...state.ended, connection])];
    if (state.name !== 'active' || ended.length < state.connections) this.#to({ ...state, ended });
    else this.#settle();
  }

  #claim(): void {
    this.#send({ kind: 'claim', handoff: this.#plan.handoff });
  }

  #done(sequence: number): void {
    this.#send({ kind: 'done', handoff: this.#plan.handoff, sequence });
  }

  #settle(): void {
    this.#to({ name: 'finished' });
    this.#put({ kind: 'settled' });
  }

  #stop(reason: string): void {
    this.#to({ name: 'finished' });
    this.#put({ kind: 'stop', reason });
  }

  #refuse(state: Unfinished, reason: string): void {
    this.#send({ kind: 'refuse', handoff: this.#plan.handoff, bound: mayBeBound(state), reason });
    this.#abandon(state, reason);
  }

  #abandon(state: Unfinished, reason: string): void {
    this.#to({ name: 'finished' });
    if (isServed(state)) this.#put({ kind: 'stop', reason });
    else this.#put({ kind: 'abandon', reason, bound: mayBeBound(state) });
  }

  #send(frame: FrameToDonor): void {
    this.#put({ kind: 'send', frame });
  }

  #put(output: AcceptorOutput<State>): void {
    this.#outputs.push(output);
  }

  #to(state: AcceptorState): void {
    checkTransition('acceptor', acceptorTransitions, this.#state.name, state.name);
    this.#state = state;
  }
}

/** How the Binding Update leaves, and what the acceptor's data does until it is acknowledged. */
function transmissionOf({ copies, start, firstPath }: WholeAxes): Pick<Binding, 'copies' | 'optimisesAt'> {
  const optimises = start !== 'acknowledgement' && firstPath === 'optimised';
  return { ...(copies > 1 ? { copies } : {}), ...(optimises ? { optimisesAt: 'update' } : {}) };
}
