import { type Ipv6Address, isGlobalUnicast, UNSPECIFIED } from '../../mip6/wire/address.ts';
import type { ChannelFrame, ContactFrame } from '../channel/channel-frames.ts';
import { type Epoch, LARGEST_TRUST_GROUP, LAST_EPOCH } from '../contact/epochs.ts';
import type { AssociationData, ContactEntry, GroupFrame } from '../contact/group-frames.ts';
import { isGroupFrame } from '../contact/group-frames.ts';
import type { HandoffFrame } from '../handoff/frames.ts';
import { isForwardingFrame } from '../plain/forwarding-frames.ts';
import { isZoneFrame } from '../publication/zone-frames.ts';
import type { SurvivalFrame } from '../successor/frames.ts';
import { whyNotForwardable } from './connection-ends.ts';
import type { GroupAddresses } from './group-addresses.ts';

/** ms: the lifetime of a binding has 16 bits, in units of 4 s (RFC 6275 §6.1.7); nothing that is kept of a client lives longer. */
export const LONGEST_LIFETIME_MS = 0xffff * 4000;
/** RFC 4303 §2.1: 1 to 255 are reserved, 0 is nobody's. */
const FIRST_SPI = 256;
/** AES-CBC with 128 bits and HMAC-SHA-1, as configured associations have them. */
const KEY_OCTETS = { encryption: 16, authentication: 20 } as const;

export interface PlausibilityPlan {
  readonly group: GroupAddresses;
  readonly servicePort: number;
  /** the trust group of the contact address, first choice first; empty without one */
  readonly order: readonly Ipv6Address[];
}

/** Frames of a contact address that begin or continue no handoff, and no replica: their endpoints look at those. */
export type ContactAddressFrame = Exclude<ChannelFrame, ContactFrame | HandoffFrame | SurvivalFrame>;

/**
 * Why no member of good faith can have said this, in words; undefined when one can. Addresses, ports, terms and times that a frame
 * names are looked at here, before anybody keeps them or acts on them; whether `from` may say it at all is the roles' business.
 */
export function whyImplausible(
  frame: ContactAddressFrame,
  from: Ipv6Address,
  plan: PlausibilityPlan,
): string | undefined {
  if (isGroupFrame(frame)) return whyTermWrong(frame, from, plan) ?? whyGroupWrong(frame, plan);
  if (isZoneFrame(frame)) return whyNoTerm(frame.epoch);
  if (!isForwardingFrame(frame) || frame.kind === 'forwarded') return undefined;
  // The end of a connection is told for whomever it was.
  if (frame.what === 'ended') return undefined;
  return plan.group.whyNoClient(frame.client) ?? whyNotForwardable(frame.connections, plan.servicePort);
}

function whyNoTerm(epoch: Epoch): string | undefined {
  return epoch > LAST_EPOCH ? `term ${epoch} is beyond the last, ${LAST_EPOCH}` : undefined;
}

/** Each term belongs to one member (contact-group/epochs.ts): nobody speaks in another's. */
function whyTermWrong(frame: GroupFrame, from: Ipv6Address, { order }: PlausibilityPlan): string | undefined {
  const beyond = whyNoTerm(frame.epoch);
  const holder = holderOf(frame, from);
  if (beyond !== undefined || holder === undefined) return beyond;
  if (order.indexOf(holder) === frame.epoch % LARGEST_TRUST_GROUP) return undefined;
  return `term ${frame.epoch} is not ${holder}'s`;
}

/** Whose term the frame says that it is; undefined when it names none. */
function holderOf(frame: GroupFrame, from: Ipv6Address): Ipv6Address | undefined {
  switch (frame.kind) {
    case 'contact-heartbeat':
      return frame.holder;
    case 'contact-node':
      return frame.contactNode;
    case 'contact-data':
    case 'contact-withdrawn':
      return from;
    default:
      return undefined;
  }
}

function whyGroupWrong(frame: GroupFrame, plan: PlausibilityPlan): string | undefined {
  switch (frame.kind) {
    case 'contact-data': {
      const { homeAgent, ...associations } = frame.data;
      if (!isGlobalUnicast(homeAgent)) return `home agent ${homeAgent} is no global unicast address`;
      return Object.values(associations).map(whyNoAssociation).find(Boolean);
    }
    case 'contact-entry':
      return whyEntryWrong(frame.entry, plan);
    case 'contact-bound':
      return plan.group.whyNoClient(frame.client) ?? whyTooLong(frame.lifetimeMs);
    case 'contact-stray':
      return plan.group.whyNoClient(frame.client);
    case 'contact-survey':
      return whySurveyWrong(frame.dead, frame.clients, plan);
    case 'contact-surveyed':
      return whySurveyWrong(
        frame.dead,
        frame.clients.map(({ client }) => client),
        plan,
      );
    default:
      return undefined;
  }
}

function whySurveyWrong(
  dead: Ipv6Address,
  clients: readonly Ipv6Address[],
  { group }: PlausibilityPlan,
): string | undefined {
  return group.whyNoMember(dead) ?? clients.map((client) => group.whyNoClient(client)).find(Boolean);
}

function whyEntryWrong(entry: ContactEntry, { group, servicePort }: PlausibilityPlan): string | undefined {
  const ports = entry.table === 'forwarding' ? [entry] : [];
  return (
    group.whyNoClient(entry.client) ??
    (entry.member === UNSPECIFIED ? undefined : group.whyNoMember(entry.member)) ??
    whyNotForwardable(ports, servicePort) ??
    whyTooLong(entry.lifetimeMs)
  );
}

function whyTooLong(lifetimeMs: number): string | undefined {
  return lifetimeMs > LONGEST_LIFETIME_MS ? `a lifetime of ${lifetimeMs} ms` : undefined;
}

function whyNoAssociation({ spi, requestId, ...keys }: AssociationData): string | undefined {
  if (spi < FIRST_SPI) return `security parameter index ${spi}`;
  if (requestId < 1) return 'request id 0';
  const octets = [keys.encryptionKey.length, keys.authenticationKey.length];
  if (octets[0] === KEY_OCTETS.encryption && octets[1] === KEY_OCTETS.authentication) return undefined;
  return `keys of ${octets.join(' and ')} octets`;
}
