import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { CareOfProof } from '../bindings/client-bindings.ts';
import { Machine, type Transitions } from '../transitions.ts';
import type { BundledConnection } from './connection-bundle.ts';
import type { ConnectionId, DonorOutput, DonorPlan } from './donor-types.ts';
import type { FrameToAcceptor } from './frames.ts';

/** Before Init this member serves the client. */
export interface Serving {
  /** those that have not come to an end */
  readonly connections: readonly ConnectionId[];
  /** until the acceptor answers: when it was asked whether it is there */
  readonly askedAt?: Instant;
  /** the acceptor's consent, where this member binds the client to it itself */
  readonly proof?: TimedProof;
}

/** `at`: when it came */
export type TimedProof = CareOfProof & { readonly at: Instant };

/** Behind Init the client is frozen here. */
export interface Given {
  readonly connections: readonly ConnectionId[];
  /** of the last Binding Update before the handoff */
  readonly sequence: number;
  /** The client's answer to `contest` decides: the acceptor asks before it goes above its first number, and has not been granted that. */
  readonly decisive: boolean;
  /** The client has been bound to the acceptor from here: it is taken back before it is served. */
  readonly bound: boolean;
}

/** Something went wrong with the acceptor: what, and when the client is given up if nothing has become known by then. */
export interface Doubt extends Given {
  readonly reason: string;
  readonly giveUpAt: Instant;
  /** The client has accepted a number from a member that serves it: no other one goes beyond that which was contested. */
  readonly served?: true;
}

/**
 * What is known of the acceptor of a client that is taken back: the client has never had anything from it, or it serves no more; otherwise what it
 * has sent late must come to an end first.
 */
export type AcceptorSeen = 'never-served' | 'stopped' | 'may-serve';

export type DonorState =
  /** `unsent`: connections with octets that the kernel does not have yet */
  | { readonly name: 'sending'; readonly unsent: readonly ConnectionId[]; readonly serving: Serving }
  | { readonly name: 'draining'; readonly undrained: readonly ConnectionId[]; readonly serving: Serving }
  | { readonly name: 'waiting'; readonly until: Instant; readonly serving: Serving }
  /** everything is ready, but the acceptor has not been tested by the client, without which it cannot be bound to it from here */
  | { readonly name: 'announced'; readonly until: Instant; readonly serving: Serving }
  /** everything is ready, but octets that were lost are sent again here first; at `last` it goes on without */
  | {
      readonly name: 'recovering';
      readonly until: Instant;
      readonly last: Instant;
      readonly serving: Serving;
    }
  /** everything is ready, but nothing has been heard of the acceptor */
  | { readonly name: 'asking'; readonly until: Instant; readonly serving: Serving }
  /** everything is ready, but the member that this one has the client from may still take it back */
  | { readonly name: 'unsettled'; readonly serving: Serving }
  | {
      readonly name: 'extracting';
      readonly states: ReadonlyMap<ConnectionId, BundledConnection>;
      readonly sequence: number;
      /** They are to go on, or are frozen. */
      readonly goOn: boolean;
      /** those that were to go on and cannot */
      readonly still: boolean;
      readonly serving: Serving;
    }
  /** everything is ready, but more is unsent than the acceptor is to be told of in advance; at `last` it is told nothing in advance */
  | { readonly name: 'nearing'; readonly until: Instant; readonly last: Instant; readonly serving: Serving }
  /** Init is out, and tells up to where this member sends; what was written before still leaves here. At `last` that ends. */
  | {
      readonly name: 'finishing';
      readonly until: Instant;
      readonly last: Instant;
      readonly given: Given;
      readonly proof: TimedProof | undefined;
      readonly copies: number;
    }
  /** `look`: when the acceptor is asked again, or, where `asked`, its answer is due */
  | {
      readonly name: 'initiated';
      readonly until: Instant;
      readonly look: Instant;
      readonly asked?: Instant;
      readonly given: Given;
    }
  /** has the acceptor bound the client? */
  | { readonly name: 'uncertain'; readonly until: Instant; readonly doubt: Doubt }
  /** the client is being asked; `claimed`: so does the acceptor ask this member */
  | { readonly name: 'contesting'; readonly claimed: boolean; readonly doubt: Doubt }
  /** the acceptor has bound it: the client is the acceptor's, until it is known not to serve */
  | { readonly name: 'yielding'; readonly doubt: Doubt }
  /** a number of this member's own is out, above all of the acceptor's */
  | { readonly name: 'reclaiming'; readonly acceptor: AcceptorSeen; readonly doubt: Doubt }
  /** the client is this member's, and what the acceptor has sent late comes to its end */
  | { readonly name: 'outwaiting'; readonly until: Instant; readonly doubt: Doubt }
  | { readonly name: 'finished' };

type Name = DonorState['name'];
export type In<Names extends Name> = Extract<DonorState, { readonly name: Names }>;
export type Early = Extract<DonorState, { readonly serving: Serving }>;
export type Late = Exclude<DonorState, Early | In<'finishing' | 'finished'>>;

/** All that may follow each state. The figure in README.md is this list. */
export const donorTransitions: Transitions<Name> = {
  sending: [
    'draining',
    'waiting',
    'announced',
    'recovering',
    'asking',
    'unsettled',
    'nearing',
    'extracting',
    'finished',
  ],
  draining: ['announced', 'recovering', 'asking', 'unsettled', 'extracting', 'finished'],
  waiting: ['announced', 'recovering', 'asking', 'unsettled', 'nearing', 'extracting', 'finished'],
  announced: ['recovering', 'asking', 'unsettled', 'nearing', 'extracting', 'finished'],
  recovering: ['asking', 'unsettled', 'nearing', 'extracting', 'finished'],
  asking: ['unsettled', 'nearing', 'extracting', 'finished'],
  unsettled: ['asking', 'nearing', 'extracting', 'finished'],
  nearing: ['extracting', 'finished'],
  extracting: ['finishing', 'initiated', 'finished'],
  finishing: ['initiated', 'finished'],
  initiated: ['uncertain', 'contesting', 'reclaiming', 'finished'],
  uncertain: ['contesting', 'reclaiming', 'finished'],
  contesting: ['uncertain', 'yielding', 'reclaiming', 'finished'],
  yielding: ['reclaiming', 'finished'],
  reclaiming: ['outwaiting', 'finished'],
  outwaiting: ['finished'],
  finished: [],
};

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
