import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { GroupFrame } from '../contact/group-frames.ts';
import type { HandoffFrame } from '../handoff/frames.ts';
import type { MembershipFrame } from '../membership/membership-frames.ts';
import type { ForwardingFrame } from '../plain/forwarding-frames.ts';
import type { ZoneFrame } from '../publication/zone-frames.ts';
import type { SurvivalFrame } from '../successor/frames.ts';
import type { FrameCodec } from './frame-codec.ts';
import type { GreetingFrame } from './greeting-frames.ts';
import type { NotUnderstoodFrame } from './not-understood.ts';

/**
 * What members say to each other of clients and contact addresses: of handoffs, of contact addresses and those who may have them, of clients
 * without Mobile IPv6, and of what name servers publish. Each protocol has its frames, and their codecs, in its own folder.
 */
export type ChannelFrame =
  | HandoffFrame
  | SurvivalFrame
  | GroupFrame
  | ForwardingFrame
  | ZoneFrame
  | ContactFrame;

/** All that travels on the member-to-member channel: what members say of themselves and of the channel, too. */
export type AnyChannelFrame = ChannelFrame | GreetingFrame | MembershipFrame | NotUnderstoodFrame;

export type FrameKind = AnyChannelFrame['kind'];

/** A frame of a handoff at a contact address that is not the server's first one. */
export interface ContactFrame {
  readonly kind: 'of-contact';
  readonly contactAddress: Ipv6Address;
  readonly frame: HandoffFrame;
}

/** A frame of a type that this release does not know: its body has been passed over. */
export interface UnknownFrame {
  readonly kind: 'unknown-frame';
  readonly type: number;
  /** of a frame about a further contact address: the type in it, which is what is not known */
  readonly inner?: number;
  /** nothing is owed to its sender (isOptionalType) */
  readonly optional: boolean;
}

/** What there is to know of the frames of one number. */
export interface FrameRow {
  /** on the wire, u8; see `isOptionalType` */
  readonly type: number;
  readonly kind: FrameKind;
  readonly codec: FrameCodec<AnyChannelFrame | UnknownFrame>;
  /** who says it, to whom */
  readonly sender: string;
  /** first version of the channel (versions.ts) that has it: it is not sent to a peer that speaks an earlier one */
  readonly since: number;
  /** the secrets that a channel must be keyed with to carry it (channel-keys.ts): `trust` is said between trusted members alone */
  readonly secret: 'group' | 'trust';
  /** where it is said: between members, or between a member and the agent at a name server */
  readonly on: 'members' | 'name-server' | 'both';
  /** octets of its body at most; absent: SMALL_OCTETS. A longer one is refused by its header (frame-length.ts) */
  readonly most?: number;
}
