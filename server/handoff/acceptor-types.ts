import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffFrame } from './frames.ts';

/** One handoff as its acceptor sees it (paper §3.2, Fig. 6; §4.2, Fig. 8). */
export interface AcceptorPlan {
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** ms from the first frame until the acceptor gives the handoff up */
  readonly timeoutMs: number;
  /** ms that an acceptor which hears nothing of its donor serves without asking the client whose it is */
  readonly leaseMs: number;
  /** The donor answers Claim, and takes the client back at once when the client says that it is the donor's. Default false: an earlier release. */
  readonly claims?: boolean;
}

export type AcceptorInput =
  | { readonly kind: 'frame'; readonly frame: HandoffFrame }
  | { readonly kind: 'return-routability-complete' }
  /** answer to `restore-socket`: the socket stands, frozen */
  | { readonly kind: 'restored' }
  /** answer to `bind` and `renew` */
  | { readonly kind: 'binding-acknowledged'; readonly sequence: number }
  /** the connection, active by now, has ended */
  | { readonly kind: 'client-gone' }
  /** the client has accepted a later Binding Update, of another member (status 135) */
  | { readonly kind: 'superseded' }
  /** a step failed: restoring the socket, return routability, or the client refused the binding; `unanswered`: it said nothing */
  | { readonly kind: 'failed'; readonly reason: string; readonly unanswered?: boolean }
  | { readonly kind: 'channel-lost' }
  /** the channel stands again, to the same process as before */
  | { readonly kind: 'channel-restored' }
  /** the donor's process is known to have ended: with it, its frozen socket has */
  | { readonly kind: 'peer-gone' };

export type AcceptorOutput =
  | { readonly kind: 'send'; readonly frame: HandoffFrame }
  | { readonly kind: 'start-return-routability' }
  /** re-create the frozen socket, answer with `restored` */
  | { readonly kind: 'restore-socket'; readonly tcpState: Uint8Array }
  /**
   * Send the Binding Update, its sequence number following the donor's; `insists`: this number and no other, however often it has to be
   * sent, since the donor may use it too
   */
  | { readonly kind: 'bind'; readonly lastSequence: number; readonly insists: boolean }
  /** the client sends to this member now: unfreeze the socket and hand it to the application */
  | { readonly kind: 'activate'; readonly applicationState: Uint8Array }
  /** bind once more: the answer, if there is one, tells whether the client is this member's */
  | { readonly kind: 'renew' }
  /** the donor has let go: the client is this member's for good */
  | { readonly kind: 'settled' }
  /** the client is another member's again: take the socket from the application and close it without a packet */
  | { readonly kind: 'stop'; readonly reason: string }
  /** the handoff has failed: discard the frozen socket, if there is one, without a packet; `bound`: a Binding Update has gone out */
  | { readonly kind: 'abandon'; readonly reason: string; readonly bound: boolean };
