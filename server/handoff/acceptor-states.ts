import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { WholeAxes } from './axes.ts';
import type { Transitions } from './transitions.ts';

export type Routable = 'not-begun' | 'begun' | 'complete';
/** `unreachable`: its channel is lost, and it may serve on; `gone`: its process is known to have ended. */
type DonorSeen = 'connected' | 'unreachable' | 'gone';

/**
 * Which numbers this member uses for the client. `first`: the first one alone, since the donor may use it too; `alone`: the same, of a donor that
 * was known to have ended when this was asked; `inherited`: above all that such a donor may have used; `any`: as the donor has granted,
 * or as earlier releases do.
 */
type Numbers = 'first' | 'alone' | 'inherited' | 'any';

/** What Init has brought. */
interface Taking {
  readonly axes: WholeAxes;
  /** of the client's last Binding Update before the handoff, or of the donor's in band */
  readonly lastSequence: number;
  readonly applicationStates: readonly Uint8Array[];
}

/** Of a client that may be served before it has acknowledged a binding. */
interface Early extends Taking {
  /** when it was first served, or its donor was heard of after that; absent: its sockets are frozen */
  readonly servedSince?: Instant;
  /** connections that have ended, by their places in Init */
  readonly ended: readonly number[];
}

export type AcceptorState =
  /** `tells`: the donor waits for the care-of token */
  | { readonly name: 'preparing'; readonly routable: Routable; readonly tells: boolean }
  | ({
      readonly name: 'initiated';
      readonly routable: Routable;
      readonly restored: boolean;
      readonly donor: DonorSeen;
    } & Early)
  /** `startAt`: when the client is served though its acknowledgement is not there, unless it is served already */
  | ({
      readonly name: 'binding';
      readonly donor: DonorSeen;
      readonly since: Instant;
      readonly numbers: Numbers;
      readonly startAt?: Instant;
    } & Early)
  /**
   * The client refuses the number: it has accepted it before, from the donor, or from here and its answer was lost. Or who answers in its place has
   * changed, and does not know what the donor was answered. The donor is asked.
   */
  | ({ readonly name: 'disputed'; readonly since: Instant } & Early)
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

export type Name = AcceptorState['name'];
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
export function mayBeBound(state: Unfinished): boolean {
  return state.name === 'binding' || state.name === 'disputed' || isServed(state);
}

/** The client is served, whether or not it has acknowledged that. */
export function isServed(state: Unfinished): boolean {
  return state.name === 'active' || ('servedSince' in state && state.servedSince !== undefined);
}

export function earlyOf({ axes, lastSequence, applicationStates, servedSince, ended }: Early): Early {
  const served = servedSince === undefined ? {} : { servedSince };
  return { axes, lastSequence, applicationStates, ended, ...served };
}
