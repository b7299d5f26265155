import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { HandoffFrame } from './channel-frames.ts';
import type { HandoffVariant } from './variants.ts';

/** One handoff as its donor sees it (paper §4.2, Fig. 8; §6.3, §6.4 for drain and Prepare). */
export interface DonorPlan {
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly variant: HandoffVariant;
  /** a Prepare for this handoff has gone out already; default false */
  readonly prepared?: boolean;
  /** the paper's waiting time (§6.3): from the last `send()` returning to the freeze, where the variant does not drain; ms */
  readonly waitMs: number;
  /** ms from Init until the donor asks the acceptor to give up */
  readonly doneTimeoutMs: number;
  /** ms that an acceptor which hears nothing of its donor serves without asking the client whose it is */
  readonly leaseMs: number;
  readonly applicationState: Uint8Array;
}

export type ReclaimFailure = 'superseded' | 'unanswered' | 'refused';

export type DonorInput =
  /** the last `send()` has returned: every octet of the donor's part is in the kernel's socket, none in the process any more */
  | { readonly kind: 'last-send-returned' }
  /** the client has acknowledged every octet */
  | { readonly kind: 'drained' }
  /** answer to `freeze-and-extract` */
  | { readonly kind: 'extracted'; readonly tcpState: Uint8Array; readonly sequence: number }
  /** the other answer: the socket cannot be moved, for instance because the client has closed its side */
  | { readonly kind: 'not-extracted'; readonly reason: string }
  | { readonly kind: 'frame'; readonly frame: HandoffFrame }
  | { readonly kind: 'channel-lost' }
  /** the channel stands again, to the same process as before */
  | { readonly kind: 'channel-restored' }
  /** the acceptor's process is known to have ended: with it, its sockets have */
  | { readonly kind: 'peer-gone' }
  /** answers to `contest` and `reclaim`: the client sends to this member now, */
  | { readonly kind: 'reclaimed' }
  /** or it does not: another member has bound it before, it does not answer, or it refuses */
  | { readonly kind: 'reclaim-failed'; readonly cause: ReclaimFailure; readonly reason: string }
  /** the client has closed or reset its connection */
  | { readonly kind: 'client-gone' };

export type DonorOutput =
  | { readonly kind: 'send'; readonly frame: HandoffFrame }
  /** tell me `drained` once the socket is empty */
  | { readonly kind: 'watch-drain' }
  /** freeze the socket, read its state, answer with `extracted` */
  | { readonly kind: 'freeze-and-extract' }
  /** the acceptor serves the client now: close the frozen socket without a packet, forget the binding */
  | { readonly kind: 'handed-off'; readonly sequence: number }
  /**
   * Bind the client to this member again, unless the acceptor has bound it: under this sequence number, the first of the
   * acceptor's, and never under a later one; answer with `reclaimed` or `reclaim-failed`
   */
  | { readonly kind: 'contest'; readonly sequence: number }
  /** bind the client to this member again, whoever has bound it: from this sequence number on; answer as above */
  | { readonly kind: 'reclaim'; readonly sequence: number }
  /**
   * The handoff has failed: unfreeze the socket and serve on. `checkClient`: the acceptor may have served for a moment;
   * when the client's acknowledgement shows so, this socket's state is out of date and it must be closed instead.
   */
  | { readonly kind: 'resume'; readonly reason: string; readonly checkClient: boolean }
  /**
   * The client can be served neither here nor there: close the frozen socket without a packet. `unbound`: whose binding the
   * client has now is not known here, and this member must not touch it.
   */
  | { readonly kind: 'lose'; readonly reason: string; readonly unbound: boolean };
