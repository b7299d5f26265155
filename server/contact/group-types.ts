import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Epoch } from './epochs.ts';
import type { ContactData, GroupFrame, InboundNumbers } from './group-frames.ts';

/** When a group acts, ms. */
export interface GroupTiming {
  /** between two heartbeats of the contact node */
  readonly heartbeatMs: number;
  /** after its last heartbeat a contact node is taken for dead; more than two heartbeats */
  readonly suspectMs: number;
  /** by so much later does each further backup act: more than the latency between members */
  readonly staggerMs: number;
  /** a claim that the home agent has not answered is given up */
  readonly registrationMs: number;
  /** a successor that does not serve by then is passed over */
  readonly handOverMs: number;
}

/** The trust group of one contact address as one of its members sees it; configuration, the same at all of them. */
export interface GroupPlan {
  readonly contactAddress: Ipv6Address;
  /** care-of address of this member, one of `order` */
  readonly self: Ipv6Address;
  /** care-of addresses of all that may hold the association data (paper §7.1), first choice first; ≤ 16 */
  readonly order: readonly Ipv6Address[];
  readonly timing: GroupTiming;
  /** the last term that this member entered in an earlier life; kept where it survives before `register` is acted on */
  readonly lastEpoch?: Epoch;
}

export type GroupInput =
  /** this member creates the contact address: the first thing it hears */
  | { readonly kind: 'found'; readonly data: ContactData }
  | { readonly kind: 'frame'; readonly from: Ipv6Address; readonly frame: GroupFrame }
  /** the channel to another member stands, or is lost; a lost one says nothing about the member */
  | { readonly kind: 'connected' | 'disconnected'; readonly peer: Ipv6Address }
  /** the process of another member is known to have ended */
  | { readonly kind: 'peer-gone'; readonly peer: Ipv6Address }
  /** the home agent has accepted a registration of `epoch` */
  | { readonly kind: 'registered'; readonly epoch: Epoch }
  /** the home agent answers no more, or refuses */
  | { readonly kind: 'unregistered' }
  /** the kernel's counters: highest of the outbound associations, and those inbound */
  | { readonly kind: 'numbers'; readonly outbound: number; readonly inbound: InboundNumbers }
  /** this member leaves the server */
  | { readonly kind: 'leave' };

/** Where the sequence numbers of a term start. */
export interface StartingNumbers {
  /** last Binding Update to the home agent */
  readonly update: number;
  /** last ESP packet on each outbound association */
  readonly outbound: number;
  readonly inbound: InboundNumbers;
}

export type GroupOutput =
  | { readonly kind: 'send'; readonly to: Ipv6Address; readonly frame: GroupFrame }
  /** to all members, whether they are trusted or not */
  | { readonly kind: 'announce'; readonly frame: GroupFrame }
  /** install the associations with these numbers, register this member's care-of address; answer with `registered` or `unregistered` */
  | {
      readonly kind: 'register';
      readonly epoch: Epoch;
      readonly data: ContactData;
      readonly numbers: StartingNumbers;
    }
  /** this member holds the contact address no more: remove the associations without a word to the home agent */
  | { readonly kind: 'release'; readonly reason: string }
  /** another member holds it now */
  | { readonly kind: 'follow'; readonly contactNode: Ipv6Address; readonly epoch: Epoch }
  /** the association data has been forgotten; `handedOver`: a successor serves */
  | { readonly kind: 'left'; readonly handedOver: boolean }
  /** no term is left for this member: the associations need new keys */
  | { readonly kind: 'exhausted' };
