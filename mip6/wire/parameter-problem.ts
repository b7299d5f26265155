import { DecodeError } from './decode-error.ts';
import { type ParsedIpv6Packet, parseIpv6 } from './ipv6-packet.ts';
import { readNumber, requireField } from './octets.ts';

/** What a node sends back to the source of a packet that it cannot process (RFC 4443 §3.4). */
interface ParameterProblem {
  /** 1: unrecognised Next Header; 2: unrecognised IPv6 option */
  readonly code: number;
  /** where in the invoking packet, in octets */
  readonly pointer: number;
  /** as much as the message holds of it; addresses as they stand in it */
  readonly invokingPacket: ParsedIpv6Packet;
}

export const PARAMETER_PROBLEM = 4;
/** The codes of RFC 4443 §3.4 that concern Mobile IPv6 (RFC 6275 §11.3.5). */
export const ParameterProblemCode = { unrecognizedNextHeader: 1, unrecognizedOption: 2 } as const;

/*
 *   octet  width  field
 *   0      1      Type: 4
 *   1      1      Code
 *   2      2      Checksum: over the pseudo-header with Next Header 58
 *   4      4      Pointer
 *   8      …      the invoking packet, from its IPv6 header on, as much as fits
 */
const LAYOUT = {
  type: { name: 'Type', at: 0, octets: 1 },
  code: { name: 'Code', at: 1, octets: 1 },
  pointer: { name: 'Pointer', at: 4, octets: 4 },
} as const;
const INVOKING_PACKET_AT = 8;

/** Reads an ICMPv6 message; throws DecodeError when it is no Parameter Problem or its invoking packet cannot be read. */
export function parseParameterProblem(bytes: Uint8Array): ParameterProblem {
  requireField(bytes, LAYOUT.pointer);
  if (readNumber(bytes, LAYOUT.type) !== PARAMETER_PROBLEM)
    throw new DecodeError('illegal-value', LAYOUT.type.name, 'is not 4', LAYOUT.type.at);
  return {
    code: readNumber(bytes, LAYOUT.code),
    pointer: readNumber(bytes, LAYOUT.pointer),
    invokingPacket: parseIpv6(bytes.subarray(INVOKING_PACKET_AT)),
  };
}
