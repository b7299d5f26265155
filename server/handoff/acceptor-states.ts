import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { HomeProof } from '../bindings/client-bindings.ts';
import { Machine, type Transitions } from '../transitions.ts';
import type { WholeAxes } from '../variants/axes.ts';
import type { AcceptorOutput, AcceptorPlan } from './acceptor-types.ts';
import type { FrameToDonor } from './frames.ts';

type Routable = 'not-begun' | 'begun' | 'complete';
/** `unreachable`: its channel is lost, and it may serve on; `gone`: its process is known to have ended. */
type DonorSeen = 'connected' | 'unreachable' | 'gone';

/**
 * Which numbers this member uses for the client. `first`: the first one alone, since the donor may use it too; `alone`: the same, of a donor that
 * was known to have ended when this was asked; `inherited`: above all that such a donor may have used; `any`: as the donor has granted,
 * or as earlier releases do.
 */
type Numbers = 'first' | 'alone' | 'inherited' | 'any';

/** What Init has brought, of a client that may be served before it has acknowledged a binding. */
interface Taking {
  readonly axes: WholeAxes;
  /** of the client's last Binding Update before the handoff, or of the donor's in band */
  readonly lastSequence: number;
  readonly applicationStates: readonly Uint8Array[];
  /** when the client was first served, or its donor was heard of after that; absent: its sockets are frozen */
  readonly servedSince?: Instant;
  /** connections that have ended, by their places in Init */
  readonly ended: readonly number[];
}

export type AcceptorState =
  /**
   * `tells`: the donor waits for the care-of token; `keeps`: this member is a candidate, however long nothing comes of it, and its tokens are to be good all
   * the time: the client is asked again at `refreshAt`, for the `refreshes`-th time after the first
   */
  | {
      readonly name: 'preparing';
      readonly routable: Routable;
      readonly tells: boolean;
      readonly keeps: boolean;
      readonly refreshAt?: Instant | undefined;
      readonly refreshes: number;
    }
  | {
      readonly name: 'initiated';
      readonly routable: Routable;
      readonly restored: boolean;
      readonly donor: DonorSeen;
      readonly taking: Taking;
      /** Until then nothing goes to the client: octets of the donor are under way to it. Absent: from now on. */
      readonly holdUntil?: Instant | undefined;
    }
  /** `startAt`: when the client is served though its acknowledgement is not there, unless it is served already */
  | {
      readonly name: 'binding';
      readonly donor: DonorSeen;
      readonly since: Instant;
      readonly numbers: Numbers;
      readonly startAt?: Instant;
      readonly taking: Taking;
    }
  /**
   * The client refuses the number: it has accepted it before, from the donor, or from here and its answer was lost. Or who answers in its place has
   * changed, and does not know what the donor was answered. The donor is asked.
   */
  | { readonly name: 'disputed'; readonly since: Instant; readonly taking: Taking }
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
export type In<Names extends Name> = Extract<AcceptorState, { readonly name: Names }>;
export type Unfinished = Exclude<AcceptorState, In<'finished'>>;

/** All that may follow each state. The figure in README.md is this list. */
export const acceptorTransitions: Transitions<Name> = {
  preparing: ['initiated', 'finished'],
  initiated: ['binding', 'active', 'finished'],
  binding: ['disputed', 'active', 'finished'],
  disputed: ['binding', 'finished'],
  active: ['finished'],
  finished: [],
};

/** A Binding Update has gone out, or the client has been served without: the donor cannot go on where it stopped. */
function mayBeBound(state: Unfinished): boolean {
  return state.name === 'binding' || state.name === 'disputed' || isServed(state);
}

/** The client is served, whether or not it has acknowledged that. */
export function isServed(state: Unfinished): boolean {
  return state.name === 'active' || ('taking' in state && state.taking.servedSince !== undefined);
}

export const NEVER = Number.POSITIVE_INFINITY;

/**
 * A client takes what comes in the reverse tunnel whoever has bound it: as long as it has not said that it is this member's, a
 * donor that hears nothing may take it back, and counts on this member's having stopped two leases later.
 */
export function unboundUntil(state: Exclude<Unfinished, In<'active'>>, leaseMs: number): Instant {
  if (state.name === 'preparing') return NEVER;
  const { axes, servedSince } = state.taking;
  if (servedSince === undefined || axes.firstPath !== 'reverse-tunnel') return NEVER;
  if (state.name !== 'disputed' && state.donor === 'gone') return NEVER;
  return servedSince + leaseMs;
}

/** What an acceptor's steps have in common. */
export class AcceptorMachine<State> extends Machine<AcceptorState, AcceptorOutput<State>> {
  readonly plan: AcceptorPlan;

  constructor(plan: AcceptorPlan) {
    super('acceptor', acceptorTransitions, {
      ...{ name: 'preparing', routable: 'not-begun', tells: false, keeps: false, refreshes: 0 },
    });
    this.plan = plan;
  }

  send(frame: FrameToDonor): void {
    this.put({ kind: 'send', frame });
  }

  done(sequence: number): void {
    this.send({ kind: 'done', handoff: this.plan.handoff, sequence });
  }

  claim(): void {
    this.send({ kind: 'claim', handoff: this.plan.handoff });
  }

  /** Begins return routability, once; `home`: the donor's half of it. */
  test<Tested extends { readonly routable: Routable }>(state: Tested, home?: HomeProof): Tested {
    if (state.routable !== 'not-begun') return state;
    this.put({ kind: 'start-return-routability', ...(home === undefined ? {} : { home }) });
    return { ...state, routable: 'begun' };
  }

  /** The client is served, whatever it has acknowledged. */
  serve<Served extends In<'initiated' | 'binding'>>(state: Served, now: Instant): Served {
    const { applicationStates } = state.taking;
    const served = { ...state, startAt: undefined, taking: { ...state.taking, servedSince: now } };
    this.to(served);
    this.put({ kind: 'activate', applicationStates });
    return served;
  }

  settle(): void {
    this.to({ name: 'finished' });
    this.put({ kind: 'settled' });
  }

  /** The donor is told. */
  refuse(state: Unfinished, reason: string): void {
    this.send({ kind: 'refuse', handoff: this.plan.handoff, bound: mayBeBound(state), reason });
    this.abandon(state, reason);
  }

  abandon(state: Unfinished, reason: string): void {
    this.to({ name: 'finished' });
    if (isServed(state)) this.put({ kind: 'stop', reason });
    else this.put({ kind: 'abandon', reason, bound: mayBeBound(state) });
  }
}
