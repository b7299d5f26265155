import { concatOctets, type Field, writeNumber } from '../../mip6/wire/octets.ts';

/** A TCP segment without data and without urgent pointer (RFC 9293 §3.1). Sequence numbers are 32 bits. */
export interface BareSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** bits of `SEGMENT_FLAG` */
  readonly flags: number;
  /** as it stands in the header, 16 bits, scaled by the sender's own shift */
  readonly window: number;
  /** the sender's timestamp clock where the connection has timestamps (RFC 7323 §3.2) */
  readonly timestamp?: number | undefined;
}

export const SEGMENT_FLAG = { fin: 0x01, ack: 0x10 } as const;

const HEADER = {
  sourcePort: field('source port', 0, 2),
  destinationPort: field('destination port', 2, 2),
  sequence: field('sequence number', 4, 4),
  acknowledgement: field('acknowledgement number', 8, 4),
  /** header length in words of four octets, in the upper half */
  dataOffset: field('data offset', 12, 1),
  flags: field('flags', 13, 1),
  window: field('window', 14, 2),
} as const;
/** Where the checksum stands, in octets; IPV6_CHECKSUM lets the kernel compute it. */
export const SEGMENT_CHECKSUM_AT = 16;
/** Offset of the flags in a segment, in octets. */
export const SEGMENT_FLAGS_AT = HEADER.flags.at;
const HEADER_OCTETS = 20;
/** Two no-operations, kind 8, length 10, TSval; TSecr follows, zero (RFC 7323 appendix A). */
const TIMESTAMP = { head: Uint8Array.of(1, 1, 8, 10), value: field('TSval', 4, 4), octets: 12 } as const;

/** The segment's octets, checksum zero. Throws DecodeError `not-representable`. */
export function encodeSegment(segment: BareSegment): Uint8Array {
  const options = timestampOption(segment.timestamp);
  const header = new Uint8Array(HEADER_OCTETS);
  writeNumber(header, HEADER.sourcePort, segment.sourcePort);
  writeNumber(header, HEADER.destinationPort, segment.destinationPort);
  writeNumber(header, HEADER.sequence, segment.sequence >>> 0);
  writeNumber(header, HEADER.acknowledgement, segment.acknowledgement >>> 0);
  writeNumber(header, HEADER.dataOffset, ((HEADER_OCTETS + options.length) / 4) << 4);
  writeNumber(header, HEADER.flags, segment.flags);
  writeNumber(header, HEADER.window, segment.window);
  return concatOctets(header, options);
}

function timestampOption(value: number | undefined): Uint8Array {
  if (value === undefined) return new Uint8Array(0);
  const option = new Uint8Array(TIMESTAMP.octets);
  option.set(TIMESTAMP.head);
  writeNumber(option, TIMESTAMP.value, value >>> 0);
  return option;
}

function field(name: string, at: number, octets: number): Field {
  return { name, at, octets };
}
