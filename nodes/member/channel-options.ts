import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ChannelFrame } from '../../server/channel/channel-frames.ts';
import type { PeerChange } from '../../server/channel/peer-change.ts';
import type { Announcement } from '../../server/channel/versions.ts';
import type { MembershipFrame } from '../../server/membership/membership-frames.ts';
import type { FrameOddity } from './channel-link.ts';
import type { ChannelNetwork } from './channel-network.ts';
import type { ChannelSecurity } from './channel-security.ts';

/** ms for `timeoutMs`, where a configuration has no `channelTimeoutMs` */
export const DEFAULT_CHANNEL_TIMEOUT_MS = 5000;

export interface ChannelOptions {
  readonly careOfAddress: Ipv6Address;
  readonly port: number;
  readonly peers: readonly Ipv6Address[];
  readonly security: ChannelSecurity;
  /** default: the kernel's TCP */
  readonly network?: ChannelNetwork;
  /** default: this release's; a test may have another's */
  readonly announcement?: Announcement;
  /** ms for which a peer may leave octets unacknowledged, or a call unanswered, until the connection counts as lost */
  readonly timeoutMs: number;
  /** Where members join and leave; absent: the members are `peers`, for good. */
  readonly joining?: {
    /** called whatever their addresses, so that they hear of this member */
    readonly introducers: readonly Ipv6Address[];
    /** peers at most, whoever they are; configured ones count, and are there in any case */
    readonly limit: number;
    onFrame(peer: Ipv6Address, frame: MembershipFrame): void;
  };
  onFrame(peer: Ipv6Address, frame: ChannelFrame): void;
  onPeer(peer: Ipv6Address, change: PeerChange): void;
  /** A connection from or to a peer's address has been closed: the peer has not shown that it belongs to the group, or there is no room for it. */
  onRefused(address: Ipv6Address, reason: string): void;
  /** What a peer sent could not be read or done; the connection is closed, and made again. */
  onFault(peer: Ipv6Address, reason: string): void;
  /** A frame of one end is nothing to the other, and the connection goes on without it. */
  onOddity?(peer: Ipv6Address, oddity: FrameOddity): void;
  /** A connection was made under a key that this member holds no more; it is closed, and made again. */
  onKeyRemoved?(peer: Ipv6Address): void;
}
