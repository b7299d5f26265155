import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ConnectionEnds } from '../admission/connection-ends.ts';
import type { AnswerOfClient, HomeProof } from '../bindings/client-bindings.ts';
import type { PeerChange } from '../channel/peer-change.ts';
import type { FallbackRule, WantedAxes } from '../variants/choose-axes.ts';
import type { AcceptorInput, AcceptorOutput } from './acceptor-types.ts';
import type { Beginning } from './beginning-frames.ts';
import type { ReadingPlan } from './connection-bundle.ts';
import type { Attention, ConnectionId, DonorInput, DonorOutput, Unsent } from './donor-types.ts';
import type { HandoffFrame } from './frames.ts';

export interface EndpointPlan<State extends ConnectionEnds> extends ReadingPlan<State> {
  /** ms from Init until a donor asks its acceptor to give up; an acceptor gives up so long after the first frame */
  readonly doneTimeoutMs: number;
  /** the lease, ms: so long an acceptor serves without a word of its donor; then it asks the client whose it is */
  readonly leaseMs: number;
  /** How a donor looks after this acceptor; undefined: not at all (see DonorPlan). */
  attentionTo(peer: Ipv6Address): Attention | undefined;
  /** That member knows Claim and Grant. */
  takesClaims(peer: Ipv6Address): boolean;
  /** That member reads the variant in Prepare and Init. */
  takesVariants(peer: Ipv6Address): boolean;
  /** It knows all axes of a variant, not the paper's alone; default: who reads variants does. */
  takesManyVariants?(peer: Ipv6Address): boolean;
  /** The application makes octets again that a client has not acknowledged; default: it does not. */
  isResumable?(): boolean;
  /** See DonorPlan; default: nobody may. */
  mayBeTakenOver?(client: Ipv6Address): boolean;
  /** This member has a home keygen token of that client; default: it has. */
  holdsHomeToken?(client: Ipv6Address): boolean;
  /** This member's home keygen token of that client; undefined, also by default: it has none. */
  homeProof?(client: Ipv6Address): HomeProof | undefined;
  /** One way to that client, ms; undefined, also by default: not known. */
  clientTripMs?(client: Ipv6Address): number | undefined;
  /** Of the test that this client has answered soonest, there and back, ms; undefined, also by default: not known. */
  leastTestMs?(client: Ipv6Address): number | undefined;
  /** One way to that member, ms; undefined, also by default: not known. */
  memberTripMs?(peer: Ipv6Address): number | undefined;
  /** What has been written to that client and has not left; undefined, also by default: not known. */
  unsent?(client: Ipv6Address): Unsent | undefined;
  /** Something is missing on its way to a client that is to be handed off, as far as is known here. */
  repairsLoss?(client: Ipv6Address): boolean;
  /** Sequence number of this member's last Binding Update to that client; undefined when it has no binding here. */
  lastSequence(client: Ipv6Address): number | undefined;
}

/** A handoff that is to come. */
export interface Announced {
  readonly client: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly variant: WantedAxes;
  /** The client has no Mobile IPv6; default false. */
  readonly clientIsPlain?: boolean;
}

/** A client's way from this member, with all its connections. */
export interface Donation extends Announced {
  readonly connections: readonly ConnectionId[];
  /** see DonorPlan */
  readonly waitMs: number;
}

/** What this member's own sockets say to a donation, and to a handoff that is coming. */
export type OfDonation = Extract<
  DonorInput,
  {
    readonly kind:
      | 'last-send-returned'
      | 'drained'
      | 'extracted'
      | 'not-extracted'
      | 'cancelled'
      | 'client-gone';
  }
>;
export type OfArrival = Extract<
  AcceptorInput<unknown>,
  { readonly kind: 'restored' | 'not-restored' | 'client-gone' }
>;

export type EndpointInput =
  /** announce a handoff of this client, long before it may begin */
  | ({ readonly kind: 'prepare' } & Announced)
  /** there will be none */
  | { readonly kind: 'withdraw'; readonly client: Ipv6Address }
  /** hand this client off; none of it may be under way */
  | ({ readonly kind: 'donate' } & Donation)
  | { readonly kind: 'of-donation'; readonly client: Ipv6Address; readonly input: OfDonation }
  | { readonly kind: 'of-arrival'; readonly arrival: number; readonly input: OfArrival }
  | { readonly kind: 'frame'; readonly from: Ipv6Address; readonly frame: HandoffFrame }
  /** this frame has not left: there is no channel for it */
  | { readonly kind: 'unsent'; readonly to: Ipv6Address; readonly frame: HandoffFrame }
  | { readonly kind: 'peer'; readonly peer: Ipv6Address; readonly change: PeerChange }
  | { readonly kind: 'answer'; readonly answer: AnswerOfClient }
  /** accept no handoff from now on; those whose Init has come go on */
  | { readonly kind: 'refuse'; readonly reason: string };

export type EndpointOutput<State> =
  /** `client`: of a handoff that is under way */
  | {
      readonly kind: 'send';
      readonly to: Ipv6Address;
      readonly frame: HandoffFrame;
      readonly client?: Ipv6Address;
    }
  /** a donor's frame has come; one that is not `admitted` is refused */
  | {
      readonly kind: 'received';
      readonly from: Ipv6Address;
      readonly frame: Beginning;
      readonly admitted: boolean;
    }
  /** a frame that no member of good faith sends, or sends so often */
  | {
      readonly kind: 'discarded';
      readonly from: Ipv6Address;
      readonly frame: Beginning;
      readonly reason: string;
    }
  /** the handoff that begins is of other axes than it was asked for, by these rules */
  | {
      readonly kind: 'fell-back';
      readonly client: Ipv6Address;
      readonly acceptor: Ipv6Address;
      readonly rules: readonly FallbackRule[];
    }
  | {
      readonly kind: 'of-donation';
      readonly client: Ipv6Address;
      readonly output: Exclude<DonorOutput, { readonly kind: 'send' | 'announce' | 'fall-back' }>;
    }
  /** get a home keygen token of this client, for a binding that this member makes for another one */
  | { readonly kind: 'test-home'; readonly client: Ipv6Address }
  /** `arrival`: a number for the handoff, of this member's own; `client`'s, from `donor` */
  | {
      readonly kind: 'of-arrival';
      readonly arrival: number;
      readonly client: Ipv6Address;
      readonly donor: Ipv6Address;
      readonly output: Exclude<AcceptorOutput<State>, { readonly kind: 'send' | 'abandon' }> | Abandoned;
    };

/** The frozen sockets, if there are any, are to go without a packet; `forgets`: what this member knows of the client's binding, too. */
interface Abandoned {
  readonly kind: 'abandon';
  readonly reason: string;
  readonly forgets: boolean;
}
