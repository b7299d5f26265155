import { concatOctets, writeNumber } from '../../mip6/wire/octets.ts';
import { TCP_HEADER_OCTETS, TCP_LAYOUT } from '../../mip6/wire/tcp-header.ts';

/** A TCP segment without data and without urgent pointer (RFC 9293 §3.1). Sequence numbers are 32 bits. */
export interface BareSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** bits of `TCP_FLAG` */
  readonly flags: number;
  /** as it stands in the header, 16 bits, scaled by the sender's own shift */
  readonly window: number;
  /** the sender's timestamp clock where the connection has timestamps (RFC 7323 §3.2) */
  readonly timestamp?: number | undefined;
}

/** Two no-operations, kind 8, length 10, TSval; TSecr follows, zero (RFC 7323 appendix A). */
const TIMESTAMP = {
  head: Uint8Array.of(1, 1, 8, 10),
  value: { name: 'TSval', at: 4, octets: 4 },
  octets: 12,
} as const;

/** The segment's octets, checksum zero. Throws DecodeError `not-representable`. */
export function encodeSegment(segment: BareSegment): Uint8Array {
  const options = timestampOption(segment.timestamp);
  const header = new Uint8Array(TCP_HEADER_OCTETS);
  writeNumber(header, TCP_LAYOUT.sourcePort, segment.sourcePort);
  writeNumber(header, TCP_LAYOUT.destinationPort, segment.destinationPort);
  writeNumber(header, TCP_LAYOUT.sequence, segment.sequence >>> 0);
  writeNumber(header, TCP_LAYOUT.acknowledgement, segment.acknowledgement >>> 0);
  writeNumber(header, TCP_LAYOUT.dataOffset, ((TCP_HEADER_OCTETS + options.length) / 4) << 4);
  writeNumber(header, TCP_LAYOUT.flags, segment.flags);
  writeNumber(header, TCP_LAYOUT.window, segment.window);
  return concatOctets(header, options);
}

function timestampOption(value: number | undefined): Uint8Array {
  if (value === undefined) return new Uint8Array(0);
  const option = new Uint8Array(TIMESTAMP.octets);
  option.set(TIMESTAMP.head);
  writeNumber(option, TIMESTAMP.value, value >>> 0);
  return option;
}
