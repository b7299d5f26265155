import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { BindingAnswer, CareOfProof, HomeProof } from '../bindings/client-bindings.ts';
import type { FallbackRule } from '../variants/choose-axes.ts';
import type { HandoffAxes } from '../variants/variants.ts';
import type { BundledConnection } from './connection-bundle.ts';
import type { FrameToAcceptor, FrameToDonor } from './frames.ts';

/** A connection of the client, by a number that its member gave it. */
export type ConnectionId = number;

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
  /** The later of that instant and of the last one at which its kernel took something that was under way to it. */
  progressAt(): Instant;
}

/** What a donor's sockets have not sent of what has been written to them. */
export interface Unsent {
  readonly octets: number;
  /** how many octets leave in a ms on average; 0: not known */
  readonly perMs: number;
  /** They leave at that rate all the time. Else the window is less than the path holds: a flight leaves, and then nothing until it is acknowledged. */
  readonly evenly: boolean;
  /** ms until all have left, of those that do not leave evenly; absent: not known */
  readonly leaveInMs?: number;
}

/**
 * One way to the client and to the acceptor, ms; undefined: not known. `takes`: by how much the client's Mobile IPv6 takes longer for an answer than its TCP,
 * ms; so much longer a Binding Update waits there, and up to as much is in the way from the acceptor as its test has measured that.
 */
export interface Trips {
  readonly client: number | undefined;
  readonly acceptor: number | undefined;
  readonly takes?: number | undefined;
}

/** One handoff as its donor sees it (paper §4.2, Fig. 8; §6.3, §6.4 for drain and Prepare), of all connections of a client (§7.4). */
export interface DonorPlan {
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** all of the client's to this contact address, at least one */
  readonly connections: readonly ConnectionId[];
  readonly variant: HandoffAxes;
  /** a Prepare for this handoff has gone out already */
  readonly announced: boolean;
  /** This member has the client for good: no other one, which handed it off a moment ago, may take it back. */
  settled(): boolean;
  /** the paper's waiting time (§6.3): from the last `send()` returning to the freeze, where the variant does not drain; ms */
  readonly waitMs: number;
  /** ms from Init until the donor asks the acceptor to give up */
  readonly doneTimeoutMs: number;
  /** the lease, ms: so long an acceptor serves without a word of its donor; then it asks the client whose it is */
  readonly leaseMs: number;
  /** absent: nobody is asked (the paper's donor), and the channel alone tells of an acceptor that is out of reach */
  readonly attention?: Attention;
  /**
   * The acceptor uses no number above its first one before it knows that this one is its own (Claim): then the client's answer to
   * `contest` decides at once. Members of earlier releases do not ask.
   */
  readonly claims: boolean;
  /**
   * A backup that has not heard of this handoff may have taken the client over under the number that is contested. Absent: there is none. Then the client is
   * asked whose it is before this member binds it again (`server/successor/holder-dispute.ts`).
   */
  mayBeTakenOver?(): boolean;
  /** This member may bind the client to another one: it has a home keygen token of it. Default: it has. */
  holdsHomeToken?(): boolean;
  /** This member's home keygen token of the client, for an acceptor; undefined, and absent: it has none. */
  homeProof?(): HomeProof | undefined;
  /** Absent: neither is known. */
  tripsMs?(): Trips;
  /** Absent, or undefined: nothing is unsent. */
  unsent?(): Unsent | undefined;
  /**
   * Something that is on its way to the client has been lost, as far as is known here. Absent: nobody waits for that. An acceptor would
   * have to find out anew what is missing.
   */
  repairsLoss?(): boolean;
  /** the acceptor's Prepared has come already */
  readonly prepared?: CareOfProof & { readonly at: Instant };
}

export type DonorInput =
  /** the last `send()` has returned: every octet of the donor's part is in the kernel's socket, none in the process any more */
  | { readonly kind: 'last-send-returned'; readonly connection: ConnectionId }
  /** the client has acknowledged every octet */
  | { readonly kind: 'drained'; readonly connection: ConnectionId }
  /** answer to `freeze-and-extract`; `sequence`: of the client's last Binding Update */
  | {
      readonly kind: 'extracted';
      readonly connection: ConnectionId;
      readonly state: BundledConnection;
      readonly sequence: number;
      /** its socket sends on what was written to it, until `freeze` */
      readonly goesOn?: true;
    }
  /** the other answer: a socket cannot be moved, for instance because the client has closed its side */
  | { readonly kind: 'not-extracted'; readonly reason: string }
  /** the application has thought better of it: from Init on it is too late */
  | { readonly kind: 'cancelled'; readonly reason: string }
  /** this connection has ended: by the client, or here; a frozen one's end here is nothing to its acceptor, and changes nothing */
  | { readonly kind: 'client-gone'; readonly connection: ConnectionId }
  /** `DonorPlan.settled` has become true */
  | { readonly kind: 'settled' }
  | FrameToDonor
  /** this frame has not left: there is no channel for it */
  | { readonly kind: 'unsent'; readonly frame: FrameToAcceptor['kind'] }
  | { readonly kind: 'channel-lost' }
  /** the channel stands again, to the same process as before */
  | { readonly kind: 'channel-restored' }
  /** the acceptor's process is known to have ended: with it, its sockets have */
  | { readonly kind: 'peer-gone' }
  /** to `contest` and `reclaim` */
  | BindingAnswer;

/** `connections`: those that are still the handoff's. */
export type DonorOutput =
  | { readonly kind: 'send'; readonly frame: FrameToAcceptor }
  /** send Prepare */
  | { readonly kind: 'announce' }
  /** new connections of this client stay unanswered until the end: its next attempt reaches whoever serves it then */
  | { readonly kind: 'hold-new-connections' }
  /** tell me `drained` of each once its socket is empty */
  | { readonly kind: 'watch-drain'; readonly connections: readonly ConnectionId[] }
  /** freeze all these sockets, read their states, answer with `extracted` for each, or with one `not-extracted` */
  | {
      readonly kind: 'freeze-and-extract';
      readonly connections: readonly ConnectionId[];
      /** without the octets that the application makes again */
      readonly leavesOut?: true;
      /**
       * Their states up to the last octet that has been written, and let them send on; the acceptor's timestamps begin by so much later, ms. One
       * that cannot be so is frozen.
       */
      readonly aheadMs?: number;
    }
  /** freeze those that go on, whatever they have sent */
  | { readonly kind: 'freeze'; readonly connections: readonly ConnectionId[] }
  /** bind the client to the acceptor, behind the last octets that have gone to it: in so many Binding Updates */
  | { readonly kind: 'bind-for-acceptor'; readonly proof: CareOfProof; readonly copies: number }
  /** Init is of other axes than the handoff was asked for */
  | { readonly kind: 'fall-back'; readonly rule: FallbackRule }
  /**
   * Nothing more goes to the client by this member's binding: what its acceptor sends passes here in the reverse tunnel, and would be
   * taken for a packet of this member
   */
  | { readonly kind: 'stop-optimising' }
  /** this connection has ended: close its socket, the others go on without it */
  | { readonly kind: 'leave-out'; readonly connection: ConnectionId }
  /** the acceptor serves the client now: close the frozen sockets without a packet, forget the binding */
  | { readonly kind: 'handed-off'; readonly connections: readonly ConnectionId[]; readonly sequence: number }
  /**
   * Bind the client to this member again, unless the acceptor has bound it: under this sequence number, the first of the
   * acceptor's, and never under a later one; answer with BindingAnswer
   */
  | { readonly kind: 'contest'; readonly sequence: number }
  /** bind the client to this member again, whoever has bound it: from this sequence number on; answer as above */
  | { readonly kind: 'reclaim'; readonly sequence: number }
  /**
   * The handoff has failed: unfreeze the sockets and serve on. `checkClient`: the acceptor may have served for a moment;
   * when the client's acknowledgement shows so, a socket's state is out of date and it must be closed instead.
   */
  | {
      readonly kind: 'resume';
      readonly connections: readonly ConnectionId[];
      readonly reason: string;
      readonly checkClient: boolean;
    }
  /**
   * The client can be served neither here nor there: close the sockets without a packet. `unbound`: whose binding the
   * client has now is not known here, and this member must not touch it.
   */
  | {
      readonly kind: 'lose';
      readonly connections: readonly ConnectionId[];
      readonly reason: string;
      readonly unbound: boolean;
    };
