import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { CareOfProof } from './client-bindings.ts';
import type { BundledConnection } from './connection-bundle.ts';
import type { ConnectionId } from './donor-types.ts';
import type { Transitions } from './transitions.ts';

/** The connections that have not come to an end; until the acceptor answers, when it was asked whether it is there. */
export interface Serving {
  readonly connections: readonly ConnectionId[];
  readonly askedAt?: Instant;
  /** the acceptor's consent, where this member binds the client to it itself */
  readonly proof?: TimedProof;
}

/** `at`: when it came */
export type TimedProof = CareOfProof & { readonly at: Instant };

/** Frozen, and told to the acceptor. */
export interface Initiated {
  readonly connections: readonly ConnectionId[];
  /** of the last Binding Update before the handoff */
  readonly sequence: number;
  /** The client's answer to `contest` decides: the acceptor asks before it goes above its first number, and has not been granted that. */
  readonly decisive: boolean;
  /** The client has been bound to the acceptor from here: it is taken back before it is served. */
  readonly bound: boolean;
}

/** Something went wrong with the acceptor: what, and when the client is given up if nothing has become known by then. */
export interface Doubting extends Initiated {
  readonly reason: string;
  readonly giveUpAt: Instant;
}

export type DonorState =
  /** `unsent`: connections with octets that the kernel does not have yet */
  | ({ readonly name: 'sending'; readonly unsent: readonly ConnectionId[] } & Serving)
  | ({ readonly name: 'draining'; readonly undrained: readonly ConnectionId[] } & Serving)
  | ({ readonly name: 'waiting'; readonly until: Instant } & Serving)
  /** everything is ready, but the acceptor has not been tested by the client, without which it cannot be bound to it from here */
  | ({ readonly name: 'announced'; readonly until: Instant } & Serving)
  /** everything is ready, but nothing has been heard of the acceptor */
  | ({ readonly name: 'asking'; readonly until: Instant } & Serving)
  /** everything is ready, but the member that this one has the client from may still take it back */
  | ({ readonly name: 'unsettled' } & Serving)
  | ({
      readonly name: 'extracting';
      readonly states: ReadonlyMap<ConnectionId, BundledConnection>;
      readonly sequence: number;
    } & Serving)
  /** `look`: when the acceptor is asked again, or, where `asked`, its answer is due */
  | ({
      readonly name: 'initiated';
      readonly until: Instant;
      readonly look: Instant;
      readonly asked?: Instant;
    } & Initiated)
  /** has the acceptor bound the client? */
  | ({ readonly name: 'uncertain'; readonly until: Instant } & Doubting)
  /** the client is being asked; `claimed`: so does the acceptor ask this member */
  | ({ readonly name: 'contesting'; readonly claimed: boolean } & Doubting)
  /** the acceptor has bound it: the client is the acceptor's, until it is known not to serve */
  | ({ readonly name: 'yielding' } & Doubting)
  /**
   * `quiet`: the acceptor is known not to serve; otherwise what it has sent late must come to an end first. `untouched`: the client has said that the
   * acceptor never had it
   */
  | ({ readonly name: 'reclaiming'; readonly quiet: boolean; readonly untouched: boolean } & Doubting)
  | ({ readonly name: 'outwaiting'; readonly until: Instant } & Doubting)
  | { readonly name: 'finished' };

export type Name = DonorState['name'];
export type In<Names extends Name> = Extract<DonorState, { readonly name: Names }>;
export type Early = In<
  'sending' | 'draining' | 'waiting' | 'announced' | 'asking' | 'unsettled' | 'extracting'
>;
export type Late = Exclude<DonorState, Early | In<'finished'>>;

/** All that may follow each state. The figure in README.md is this list. */
export const donorTransitions: Transitions<Name> = {
  sending: ['draining', 'waiting', 'announced', 'asking', 'unsettled', 'extracting', 'finished'],
  draining: ['announced', 'asking', 'unsettled', 'extracting', 'finished'],
  waiting: ['announced', 'asking', 'unsettled', 'extracting', 'finished'],
  announced: ['asking', 'unsettled', 'extracting', 'finished'],
  asking: ['unsettled', 'extracting', 'finished'],
  unsettled: ['asking', 'extracting', 'finished'],
  extracting: ['initiated', 'finished'],
  initiated: ['uncertain', 'contesting', 'reclaiming', 'finished'],
  uncertain: ['contesting', 'reclaiming', 'finished'],
  contesting: ['uncertain', 'yielding', 'reclaiming', 'finished'],
  yielding: ['reclaiming', 'finished'],
  reclaiming: ['outwaiting', 'finished'],
  outwaiting: ['finished'],
  finished: [],
};

/** What has become of Init is not known. */
export function isDoubtful(state: Late): state is In<'uncertain' | 'contesting' | 'yielding'> {
  return state.name === 'uncertain' || state.name === 'contesting' || state.name === 'yielding';
}

/** The state with this connection gone from one of its lists. */
export function without<State extends DonorState, List extends keyof State>(
  state: State & { readonly [Key in List]: readonly ConnectionId[] },
  list: List,
  connection: ConnectionId,
): State {
  return { ...state, [list]: state[list].filter((one) => one !== connection) };
}

export function servingOf({ connections, askedAt, proof }: Serving): Serving {
  return {
    connections,
    ...(askedAt === undefined ? {} : { askedAt }),
    ...(proof === undefined ? {} : { proof }),
  };
}

export function initiatedOf({ connections, sequence, decisive, bound }: Initiated): Initiated {
  return { connections, sequence, decisive, bound };
}

export function doubtingOf(state: Doubting): Doubting {
  return { ...initiatedOf(state), reason: state.reason, giveUpAt: state.giveUpAt };
}
