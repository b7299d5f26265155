import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { contestedSequence } from '../sequence-margin.ts';
import type { AcceptorInput, AcceptorOutput, AcceptorPlan } from './acceptor-types.ts';
import type { BindingAnswer } from './client-bindings.ts';
import type { FrameToDonor } from './frames.ts';
import { checkTransition, type Transitions } from './transitions.ts';

type Routable = 'not-begun' | 'begun' | 'complete';
/** `unreachable`: its channel is lost, and it may serve on; `gone`: its process is known to have ended. */
type DonorSeen = 'connected' | 'unreachable' | 'gone';
/**
 * Which numbers this member uses for the client. `first`: the first one alone, since the donor may use it too; `alone`: the same, of a donor that
 * was known to have ended when this was asked; `inherited`: above all that such a donor may have used; `any`: as the donor has granted,
 * or as earlier releases do.
 */
type Numbers = 'first' | 'alone' | 'inherited' | 'any';

interface Taking {
  /** of the client's last Binding Update before the handoff */
  readonly lastSequence: number;
  readonly applicationStates: readonly Uint8Array[];
}

type AcceptorState =
  | { readonly name: 'preparing'; readonly routable: Routable }
  | ({
      readonly name: 'initiated';
      readonly routable: Routable;
      readonly restored: boolean;
      readonly donor: DonorSeen;
    } & Taking)
  | ({
      readonly name: 'binding';
      readonly donor: DonorSeen;
      readonly since: Instant;
      readonly numbers: Numbers;
    } & Taking)
  /**
   * The client refuses the number: it has accepted it before, from the donor, or from here and its answer was lost. Or who answers in its place has
   * changed, and does not know what the donor was answered. The donor is asked.
   */
  | ({ readonly name: 'disputed'; readonly since: Instant } & Taking)
  /** `since`: when the last Binding Update that was answered went out; `asked`: when one without an answer yet did */
  | {
      readonly name: 'active';
      readonly connections: number;
      /** those that have ended, by their places in Init */
      readonly ended: readonly number[];
      readonly sequence: number;
      readonly since: Instant;
      readonly asked?: Instant;
      readonly renewals: number;
    }
  | { readonly name: 'finished' };

type Name = AcceptorState['name'];
type In<Names extends Name> = Extract<AcceptorState, { readonly name: Names }>;
type Unfinished = Exclude<AcceptorState, In<'finished'>>;

/** All that may follow each state. The figure in README.md is this list. */
export const acceptorTransitions: Transitions<Name> = {
  preparing: ['initiated', 'finished'],
  initiated: ['binding', 'finished'],
  binding: ['disputed', 'active', 'finished'],
  disputed: ['binding', 'finished'],
  active: ['finished'],
  finished: [],
};

/**
 * Long after any donor has given up taking its client back (`PATIENCE_IN_LEASES`); the sequence numbers of so many renewals and
 * their retransmissions stay below the donor's (`server/sequence-margin.ts`).
 */
const MOST_RENEWALS = 300;
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
  #state: AcceptorState = { name: 'preparing', routable: 'not-begun' };

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
        if (state.name === 'preparing' && input.variant.returnRoutability === 'at-prepare')
          this.#to(this.#test(state));
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
        if (state.name !== 'active') this.#refuse(state, input.reason);
        return;
      case 'client-gone':
        if (state.name === 'active') this.#ended(state, input.connection);
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
        if (state.name === 'preparing') this.#to({ ...state, routable: 'complete' });
        else if (state.name === 'initiated') this.#proceed({ ...state, routable: 'complete' }, now);
        return;
      case 'bound':
        this.#bound(state, input.sequence);
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
    return state.name === 'active' ? (state.asked ?? state.since) + this.#plan.leaseMs : this.#giveUpAt;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const state = this.#state;
    if (due === undefined || now < due || state.name === 'finished') return;
    if (state.name !== 'active') this.#refuse(state, `not finished within ${this.#plan.timeoutMs} ms`);
    // Without an answer the client is cut off from here; it still is nobody else's.
    else if (state.renewals >= MOST_RENEWALS) this.#settle();
    else this.#renew({ ...state, asked: now, renewals: state.renewals + 1 });
  }

  #initiate({ routable }: In<'preparing'>, init: Extract<AcceptorInput<State>, { kind: 'init' }>): void {
    const { connections, sequence: lastSequence } = init;
    const applicationStates = connections.map(({ applicationState }) => applicationState);
    // Return routability first: its messages travel while the sockets are being re-created.
    const { routable: begun } = this.#test({ routable });
    const taking = { lastSequence, applicationStates };
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
    const { restored, routable, donor, lastSequence, applicationStates } = state;
    if (donor === 'unreachable' || !restored || routable !== 'complete') return;
    const first = donor === 'gone' ? 'alone' : 'first';
    const numbers = this.#plan.claims ? first : 'any';
    this.#to({ name: 'binding', donor, since: now, numbers, lastSequence, applicationStates });
    this.#put({ kind: 'bind', lastSequence, insists: this.#plan.claims });
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
    else this.#refuse(state, 'the channel was lost on the way');
  }

  #bound(state: Unfinished, sequence: number): void {
    if (state.name === 'active') {
      const { asked, ...answered } = state;
      if (asked !== undefined) this.#to({ ...answered, since: asked });
    } else if (state.name === 'binding') this.#activate(state, sequence);
  }

  #activate({ since, donor, applicationStates }: In<'binding'>, sequence: number): void {
    const connections = applicationStates.length;
    this.#to({ name: 'active', connections, ended: [], sequence, since, renewals: 0 });
    // The application goes on first; the donor, which only cleans up, hears of it afterwards.
    this.#put({ kind: 'activate', applicationStates });
    if (donor === 'gone') this.#settle();
    else this.#done(sequence);
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

  #dispute({ since, lastSequence, applicationStates, donor }: In<'binding'>): void {
    this.#to({ name: 'disputed', since, lastSequence, applicationStates });
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
    if (numbers === 'first' || numbers === 'alone') this.#put({ kind: 'bind', lastSequence, insists: true });
    else this.#put({ kind: 'bind-again', lastSequence, inherits: numbers === 'inherited' });
  }

  #renew(state: In<'active'>): void {
    this.#to(state);
    this.#put({ kind: 'renew' });
  }

  #ended(state: In<'active'>, connection: number): void {
    const ended = [...new Set([...state.ended, connection])];
    if (ended.length < state.connections) this.#to({ ...state, ended });
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
    this.#put({ kind: 'abandon', reason, bound: mayBeBound(state) });
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

/** A Binding Update has gone out. */
function mayBeBound({ name }: Unfinished): boolean {
  return name === 'binding' || name === 'disputed';
}
