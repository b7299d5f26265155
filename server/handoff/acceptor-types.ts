import type { BindingAnswer, BindingRequest, HomeProof } from '../bindings/client-bindings.ts';
import type { HandoffAxes } from '../variants/variants.ts';
import type { FrameToDonor } from './frames.ts';

/** One handoff as its acceptor sees it (paper §3.2, Fig. 6; §4.2, Fig. 8), of all connections of a client (§7.4). */
export interface AcceptorPlan {
  readonly handoff: number;
  /** ms from the first frame until the acceptor gives the handoff up */
  readonly timeoutMs: number;
  /** the lease, ms: so long an acceptor serves without a word of its donor; then it asks the client whose it is */
  readonly leaseMs: number;
  /** The donor answers Claim, and takes the client back at once when the client says that it is the donor's; an earlier release does not. */
  readonly claims: boolean;
}

/** A connection as its acceptor gets it; `State`: what its socket is re-created from. */
export interface ArrivingConnection<State> {
  readonly state: State;
  /** of the state on the wire */
  readonly octets: number;
  readonly applicationState: Uint8Array;
}

export type AcceptorInput<State> =
  /** the donor's Prepare has come */
  | { readonly kind: 'prepare'; readonly variant: HandoffAxes }
  /** the donor's Init has come; `sequence`: of the client's last Binding Update */
  | {
      readonly kind: 'init';
      readonly variant: HandoffAxes;
      readonly sequence: number;
      /** the donor's home keygen token */
      readonly home?: HomeProof;
      readonly connections: readonly ArrivingConnection<State>[];
    }
  /** what the client has answered here is not known any more: this member was its donor until now */
  | { readonly kind: 'forgotten' }
  /** other frames of the donor */
  | { readonly kind: 'cancel' | 'released' | 'grant' | 'ask' }
  /** answers to `restore-sockets`: all of them stand, frozen, or one does not */
  | { readonly kind: 'restored' }
  | { readonly kind: 'not-restored'; readonly reason: string }
  /** a connection, active by now, has ended; `connection`: its place in Init */
  | { readonly kind: 'client-gone'; readonly connection: number }
  /** this member does not want the handoff any more; one that is active goes on */
  | { readonly kind: 'withdrawn'; readonly reason: string }
  | { readonly kind: 'channel-lost' }
  /** the channel stands again, to the same process as before */
  | { readonly kind: 'channel-restored' }
  /** the donor's process is known to have ended: with it, its frozen socket has */
  | { readonly kind: 'peer-gone' }
  | BindingAnswer;

export type AcceptorOutput<State> =
  | { readonly kind: 'send'; readonly frame: FrameToDonor }
  | Extract<
      BindingRequest,
      { readonly kind: 'start-return-routability' | 'bind' | 'bind-again' | 'adopt' | 'renew' }
    >
  /** re-create all these sockets, frozen */
  | {
      readonly kind: 'restore-sockets';
      readonly connections: readonly ArrivingConnection<State>[];
      /** they go on where the donor's were, at their pace: octets of those may still be under way when the first ones of these leave */
      readonly goOn?: true;
    }
  /** unfreeze the sockets and hand them to the application, with these states of its own: the client sends to this member now, or will */
  | { readonly kind: 'activate'; readonly applicationStates: readonly Uint8Array[] }
  /** the donor has let go: the client is this member's for good */
  | { readonly kind: 'settled' }
  /** the client is another member's again: take the sockets from the application and close them without a packet */
  | { readonly kind: 'stop'; readonly reason: string }
  /** the handoff has failed: discard the frozen sockets, if there are any, without a packet; `bound`: a Binding Update has gone out */
  | { readonly kind: 'abandon'; readonly reason: string; readonly bound: boolean };
