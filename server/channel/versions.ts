import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';

/** What a member's Hello says of the channel that it speaks; docs/member-channel.md lists the versions. */
export interface Announcement {
  /** versions that it can speak, ends included */
  readonly oldest: number;
  readonly newest: number;
  /** bits, see `capabilities`; unknown ones say nothing */
  readonly capabilities: number;
}

/** Things that a member can do or not, whatever its version. */
export const capabilities = {
  /** it takes Not understood */
  refusals: 0x0000_0001,
  /** it reads TCP states with the socket options that an application has set */
  socketOptions: 0x0000_0002,
  /** it reads Prepare and Init that tell the handoff's variant */
  variants: 0x0000_0004,
  /** it knows all axes of a variant, not the paper's alone, and what they bring with them: Prepared, TCP states without payload */
  manyVariants: 0x0000_0008,
  /** it keeps replicas of other members' clients, and takes these over */
  replicas: 0x0000_0010,
  /** it reads TCP states that are deflated */
  deflated: 0x0000_0020,
} as const;

export type Capability = keyof typeof capabilities;

/** Of this release. */
export const ownAnnouncement: Announcement = {
  oldest: 0,
  newest: 1,
  capabilities:
    capabilities.refusals |
    capabilities.socketOptions |
    capabilities.variants |
    capabilities.manyVariants |
    capabilities.replicas |
    capabilities.deflated,
};

/** Of members before Hello had a version. */
export const unannounced: Announcement = { oldest: 0, newest: 0, capabilities: 0 };

/** What two members have in common: the highest version that both speak, and the capabilities of both. */
export interface Agreement {
  readonly version: number;
  readonly capabilities: number;
}

/** Whether both can do it. */
export function haveBoth(agreement: Agreement | undefined, capability: Capability): boolean {
  return ((agreement?.capabilities ?? 0) & capabilities[capability]) !== 0;
}

/** Throws ProtocolError, with both ranges, when there is no version that both speak. */
export function agree(own: Announcement, peer: Announcement): Agreement {
  const version = Math.min(own.newest, peer.newest);
  if (version < Math.max(own.oldest, peer.oldest))
    throw new ProtocolError(
      `the peer speaks versions ${peer.oldest} to ${peer.newest} of the channel, this member ${own.oldest} to ${own.newest}`,
    );
  return { version, capabilities: own.capabilities & peer.capabilities };
}
