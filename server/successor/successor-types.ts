import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { ConnectionEnds } from '../admission/connection-ends.ts';
import type { BindingAnswer } from '../bindings/client-bindings.ts';
import type { InputPiece } from './input-log.ts';

/** What a successor has to know of a connection's state; sequence numbers are 32 bits and wrap. */
export interface ReplicaState extends ConnectionEnds {
  /** of the first octet of the output that the application's state is about */
  readonly sendUnacknowledged: number;
  /** RCV.NXT when the state was taken */
  readonly receiveNext: number;
  /** the client's end had come right behind */
  readonly receivedFin?: boolean;
  /** without options, octets */
  readonly maximumSegmentSize: number;
  /** shift counts, see TcpConnectionState */
  readonly windowScale: { readonly send: number; readonly receive: number } | undefined;
}

/** What a client's answer to a probe says of where the client stands. */
export interface Standing {
  /** the connection is unknown there: the client has reset it */
  readonly over: boolean;
  /** all octets before this one have arrived */
  readonly acknowledgement: number;
  /** of the next octet that the client sends */
  readonly sequence: number;
  /** as it stands in the header, unscaled */
  readonly window: number;
  /** the last of our timestamps that the client took; undefined without timestamps */
  readonly timestampEcho: number | undefined;
  /** octets from `acknowledgement` to the end of what has arrived out of order, as far as the answer tells */
  readonly beyond: number;
}

/** How a connection goes on. */
export interface Position {
  /** SND.UNA and SND.NXT: what the client awaits */
  readonly acknowledgement: number;
  /** octets of the output behind the checkpoint that the client has; one more than there are: its end as well */
  readonly sent: number;
  /** the client's, octets */
  readonly window: number;
  readonly lastUpdateSequence: number;
  /** for our timestamp clock: behind the last that the client took it would drop us (PAWS, RFC 7323 §5) */
  readonly timestamp: number | undefined;
  /** initial congestion window */
  readonly segments: number;
}

export interface SuccessorPlan {
  /** ms of a holder's silence behind which its clients are taken over */
  readonly silentMs: number;
  /** When the holder was heard of last. */
  heardAt(): Instant;
}

/** A connection as its holder's replica has it. */
export interface KeptConnection<State> {
  readonly port: number;
  readonly state: State;
  readonly applicationState: Uint8Array;
  /** what the client sends behind it follows */
  readonly gated?: true;
}

/** What a client has sent behind a checkpoint, all of it up to somewhere. */
export interface KeptInput {
  readonly octets: Uint8Array;
  /** its end as well */
  readonly ended: boolean;
}

export type SuccessorInput<State> =
  /** a connection's first checkpoint, or another; `number`, `takeover`: see frames.ts */
  | ({ readonly kind: 'replica'; readonly number: number; readonly takeover: number } & KeptConnection<State>)
  /** of a gated connection: what its client has sent */
  | {
      readonly kind: 'input';
      readonly number: number;
      readonly port: number;
      readonly piece: InputPiece;
    }
  | { readonly kind: 'sequence'; readonly number: number; readonly takeover: number }
  /** the holder takes one back, or all (EVERY_PORT) */
  | { readonly kind: 'dropped'; readonly port: number }
  /** the holder's process is known to have ended */
  | { readonly kind: 'holder-gone' }
  /** it is in reach again: it has lived, and this member may have been cut off itself */
  | { readonly kind: 'holder-back' }
  /** this member keeps no replicas any more */
  | { readonly kind: 'withdrawn'; readonly reason: string }
  | BindingAnswer
  /** the client's answer to a probe, or, behind `serve`, any acknowledgement; `ahead`: it acknowledges what the new socket has not sent */
  | {
      readonly kind: 'standing';
      readonly port: number;
      readonly standing: Standing;
      readonly ahead: boolean;
    }
  /** the client has come here by a handoff meanwhile, and is the acceptor's: what it answers is to that */
  | { readonly kind: 'served-here' }
  /** the client is about to be frozen here for another member: what it answers is to that */
  | { readonly kind: 'leaves' }
  /** the socket that was served here has ended */
  | { readonly kind: 'client-gone'; readonly port: number }
  /** answer to `check-input`: octets of the client's that have come in order since */
  | { readonly kind: 'received'; readonly port: number; readonly octets: number };

export type SuccessorOutput<State> =
  /** run return routability, or run it again before the tokens are too old; answered by `routable` or `unanswered` */
  | { readonly kind: 'test' }
  /** say to the holder that the client can be taken over from all that it sent up to this number */
  | { readonly kind: 'acknowledge'; readonly number: number }
  /** say to the holder that nothing of the client is kept here */
  | { readonly kind: 'refuse'; readonly reason: string }
  /** send the Binding Update under this number and no other; what leaves for the client from then on takes the route of this binding */
  | { readonly kind: 'bind'; readonly sequence: number }
  /** no Binding Update that waits for an answer is repeated: the client may have gone on with its holder, or come anew to another member */
  | { readonly kind: 'hold-back' }
  /** bind once more, under the next number, giving way to another member; what was held back no more */
  | { readonly kind: 'renew' }
  /** ask the client where it stands */
  | ({ readonly kind: 'probe' } & KeptConnection<State>)
  /**
   * go on from there; a socket that was made before for this connection ends without a packet. `input`, of a gated one: the application is given it again, and
   * of its output what the client has is thrown away
   */
  | ({
      readonly kind: 'serve';
      readonly position: Position;
      readonly input?: KeptInput;
    } & KeptConnection<State>)
  /** nobody can go on: reset the connection, so that the client knows */
  | {
      readonly kind: 'break-off';
      readonly port: number;
      readonly state: State;
      readonly position: Position;
      readonly reason: string;
    }
  /** `received` is wanted of this one */
  | { readonly kind: 'check-input'; readonly port: number }
  /** the client is another member's: stop what is served here without a packet, forget the binding */
  | { readonly kind: 'stop'; readonly reason: string }
  /** the client has no connection any more: delete its binding */
  | { readonly kind: 'let-go' }
  /** nothing more is to be done; `served`: the client is this member's for good */
  | { readonly kind: 'over'; readonly served: boolean };
