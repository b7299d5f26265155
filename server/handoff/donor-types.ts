import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffFrame } from './frames.ts';
import type { HandoffVariant } from './variants.ts';

/** How a donor makes sure that its acceptor is there; ms. */
export interface Attention {
  /** an acceptor that has been silent for longer is asked before the client is frozen for it */
  readonly freshMs: number;
  /** from Init, or from an answer, until the acceptor is asked again */
  readonly everyMs: number;
  /** a question without an answer, or any other sign, for so long: the acceptor is out of reach */
  readonly patienceMs: number;
  /** When a frame of any kind came from the acceptor last. */
  heardAt(): Instant;
  /** The same, or when its kernel has taken something that was under way to it, if that is later. */
  progressAt(): Instant;
}

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
  /** absent: nobody is asked (the paper's donor), and the channel alone tells of an acceptor that is out of reach */
  readonly attention?: Attention;
  /**
   * The acceptor uses no number above its first one before it knows that this one is its own (Claim): then the client's answer to
   * `contest` decides at once. Default false: members of earlier releases do not ask.
   */
  readonly claims?: boolean;
  readonly applicationState: Uint8Array;
}

type ReclaimFailure = 'superseded' | 'unanswered' | 'refused';

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
  /** the connection has ended: by the client, or here; a frozen one's end here is nothing to its acceptor, and changes nothing */
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
