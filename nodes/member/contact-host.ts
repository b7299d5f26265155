import type { FdPoller } from '../../linux/fd-poller.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { GroupAddresses } from '../../server/admission/group-addresses.ts';
import type { SignsOfLife } from '../../server/attention.ts';
import type { ChannelFrame } from '../../server/channel/channel-frames.ts';
import type { FrameKind } from '../../server/channel/frame-table.ts';
import type { Capability } from '../../server/channel/versions.ts';
import type { EventWriter } from '../support/event-log.ts';
import type { KernelHold } from '../support/kernel-hold.ts';
import type { MemberTunnels } from './contact/member-tunnels.ts';
import type { MemberConfig } from './member-fields.ts';
import type { MemberServerOptions } from './member-server-options.ts';
import type { MobilityHeaders } from './mobility-headers.ts';
import type { Publication } from './publication/publication.ts';

/** What a member process has once, as its contact addresses use it. */
export interface ContactHost {
  readonly config: MemberConfig;
  readonly careOfAddress: Ipv6Address;
  /** care-of addresses of the other members, at present */
  peers(): readonly Ipv6Address[];
  /** those of which a process may be there, in reach or not, and that can be asked by a frame of this kind */
  living(kind: FrameKind): readonly Ipv6Address[];
  /** the server's own addresses */
  readonly group: GroupAddresses;
  /** What tells whether the process at this peer is there; undefined: the channel to it does not stand. */
  signsOf(peer: Ipv6Address): SignsOfLife | undefined;
  /** The channel to that peer stands, and it takes frames of this kind. */
  takes(peer: Ipv6Address, kind: FrameKind): boolean;
  readonly tunnels: MemberTunnels;
  readonly headers: MobilityHeaders;
  readonly log: EventWriter;
  readonly poller: FdPoller;
  readonly hold: KernelHold;
  /** where members join and leave; see MemberServerOptions */
  readonly membership?: NonNullable<MemberServerOptions['membership']>;
  readonly publication: Publication | undefined;
  /** Whether the channel to that peer stands, and both ends can. */
  can(peer: Ipv6Address, capability: Capability): boolean;
  /** False when the channel to that peer does not stand. */
  send(peer: Ipv6Address, frame: ChannelFrame): boolean;
  /** `ready` may have changed. */
  onReady(): void;
}

/** Events of contact addresses beyond the first say which. */
export function ofContact(log: EventWriter, contactAddress: Ipv6Address): EventWriter {
  return { write: (event, fields) => log.write(event, { ...fields, contactAddress }) };
}
