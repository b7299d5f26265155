import { IPV6_ADDRESS_OCTETS, type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from './address.ts';
import { upperLayerChecksum } from './checksum.ts';
import { Icmpv6Type, NextHeader } from './constants.ts';
import { DecodeError, notRepresentable } from './decode-error.ts';
import type { ChecksumAddresses } from './mobility-header.ts';
import { emitNdOptions, type NdOption, parseNdOptions } from './nd-options.ts';
import { concatOctets, readNumber, requireField, writeNumber } from './octets.ts';

/** ICMPv6 messages of Mobile IPv6 (RFC 6275 §6.5–§6.8). `identifier` pairs an answer with its question. */
export type Icmpv6MobilityMessage =
  | { readonly kind: 'home-agent-address-discovery-request'; readonly identifier: number }
  | {
      readonly kind: 'home-agent-address-discovery-reply';
      readonly identifier: number;
      /** in order of preference */
      readonly homeAgents: readonly Ipv6Address[];
    }
  | { readonly kind: 'mobile-prefix-solicitation'; readonly identifier: number }
  | {
      readonly kind: 'mobile-prefix-advertisement';
      readonly identifier: number;
      readonly managed: boolean;
      readonly other: boolean;
      readonly options: readonly NdOption[];
    }
  | {
      readonly kind: 'unknown';
      readonly type: number;
      readonly code: number;
      /** everything behind the checksum */
      readonly body: Uint8Array;
    };

/*
 * All messages start alike; type 146 and 147 travel with a Home Address option or a type 2 routing header.
 *
 *   octet  width  field
 *   0      1      Type: 144 Home Agent Address Discovery Request, 145 … Reply, 146 Mobile Prefix Solicitation,
 *                 147 Mobile Prefix Advertisement
 *   1      1      Code: 0
 *   2      2      Checksum: over the pseudo-header with Next Header 58
 *   4      2      Identifier
 *   6      2      reserved; in an advertisement from the top bit: M (managed), O (other configuration)
 *   8      …      reply: addresses of home agents; advertisement: Neighbour Discovery options
 */
const LAYOUT = {
  type: { name: 'Type', at: 0, octets: 1 },
  code: { name: 'Code', at: 1, octets: 1 },
  checksum: { name: 'Checksum', at: 2, octets: 2 },
  identifier: { name: 'Identifier', at: 4, octets: 2 },
  flags: { name: 'flags', at: 6, octets: 2 },
} as const;
const UNKNOWN_BODY_AT = 4;
const BODY_AT = 8;
const FLAG = { managed: 0x8000, other: 0x4000 } as const;

/** Reads one ICMPv6 message, other types as `unknown`; the checksum is as carried. Throws DecodeError. */
export function parseIcmpv6Mobility(bytes: Uint8Array): { checksum: number; message: Icmpv6MobilityMessage } {
  const type = readNumber(bytes, LAYOUT.type);
  const code = readNumber(bytes, LAYOUT.code);
  const checksum = readNumber(bytes, LAYOUT.checksum);
  const known = Object.values(Icmpv6Type).some((value) => value === type);
  if (!known) {
    const body = new Uint8Array(bytes.subarray(UNKNOWN_BODY_AT));
    return { checksum, message: { kind: 'unknown', type, code, body } };
  }
  if (code !== 0)
    throw new DecodeError('illegal-value', LAYOUT.code.name, `is ${code}, must be 0`, LAYOUT.code.at);
  requireField(bytes, LAYOUT.flags);
  return { checksum, message: parseKnown(bytes, type) };
}

/** The message's octets; the checksum is zero unless its end points are given. Throws DecodeError `not-representable`. */
export function emitIcmpv6Mobility(
  message: Icmpv6MobilityMessage,
  addresses?: ChecksumAddresses,
): Uint8Array {
  const bytes = emitMessage(message);
  if (addresses !== undefined) {
    const sum = upperLayerChecksum(bytes, addresses.source, addresses.destination, NextHeader.icmpv6);
    writeNumber(bytes, LAYOUT.checksum, sum);
  }
  return bytes;
}

/** Whether the whole ICMPv6 message in `bytes` has the right checksum for these end points. */
export function verifyIcmpv6Checksum(
  bytes: Uint8Array,
  source: Ipv6Address,
  destination: Ipv6Address,
): boolean {
  requireField(bytes, LAYOUT.checksum);
  return upperLayerChecksum(bytes, source, destination, NextHeader.icmpv6) === 0;
}

function parseKnown(bytes: Uint8Array, type: number): Icmpv6MobilityMessage {
  const identifier = readNumber(bytes, LAYOUT.identifier);
  switch (type) {
    case Icmpv6Type.homeAgentAddressDiscoveryRequest:
      return { kind: 'home-agent-address-discovery-request', identifier };
    case Icmpv6Type.homeAgentAddressDiscoveryReply:
      return { kind: 'home-agent-address-discovery-reply', identifier, homeAgents: parseAddresses(bytes) };
    case Icmpv6Type.mobilePrefixSolicitation:
      return { kind: 'mobile-prefix-solicitation', identifier };
    default: {
      const flags = readNumber(bytes, LAYOUT.flags);
      const managed = (flags & FLAG.managed) !== 0;
      const other = (flags & FLAG.other) !== 0;
      const options = parseNdOptions(bytes, BODY_AT);
      return { kind: 'mobile-prefix-advertisement', identifier, managed, other, options };
    }
  }
}

function parseAddresses(bytes: Uint8Array): Ipv6Address[] {
  const addresses: Ipv6Address[] = [];
  for (let at = BODY_AT; at < bytes.length; at += IPV6_ADDRESS_OCTETS)
    addresses.push(ipv6FromBytes(bytes, at));
  return addresses;
}

function emitMessage(message: Icmpv6MobilityMessage): Uint8Array {
  switch (message.kind) {
    case 'home-agent-address-discovery-request':
      return frame(Icmpv6Type.homeAgentAddressDiscoveryRequest, message.identifier);
    case 'home-agent-address-discovery-reply': {
      const addresses = concatOctets(...message.homeAgents.map(ipv6ToBytes));
      return frame(Icmpv6Type.homeAgentAddressDiscoveryReply, message.identifier, 0, addresses);
    }
    case 'mobile-prefix-solicitation':
      return frame(Icmpv6Type.mobilePrefixSolicitation, message.identifier);
    case 'mobile-prefix-advertisement': {
      const flags = (message.managed ? FLAG.managed : 0) | (message.other ? FLAG.other : 0);
      const options = emitNdOptions(message.options);
      return frame(Icmpv6Type.mobilePrefixAdvertisement, message.identifier, flags, options);
    }
    case 'unknown':
      return emitUnknown(message);
    default:
      return message satisfies never;
  }
}

function frame(type: number, identifier: number, flags = 0, body: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(BODY_AT + body.length);
  writeNumber(bytes, LAYOUT.type, type);
  writeNumber(bytes, LAYOUT.identifier, identifier);
  writeNumber(bytes, LAYOUT.flags, flags);
  bytes.set(body, BODY_AT);
  return bytes;
}

function emitUnknown(message: Extract<Icmpv6MobilityMessage, { kind: 'unknown' }>): Uint8Array {
  if (Object.values(Icmpv6Type).some((value) => value === message.type)) {
    throw notRepresentable(LAYOUT.type.name, `${message.type} has a message type of its own`);
  }
  const bytes = new Uint8Array(UNKNOWN_BODY_AT + message.body.length);
  writeNumber(bytes, LAYOUT.type, message.type);
  writeNumber(bytes, LAYOUT.code, message.code);
  bytes.set(message.body, UNKNOWN_BODY_AT);
  return bytes;
}
