import { IPV6_HEADER_OCTETS } from '../../mip6/wire/header-walk.ts';
import {
  LONGEST_TCP_HEADER_OCTETS,
  TCP_FLAG,
  TCP_HEADER_OCTETS,
  TCP_LAYOUT,
  tcpHeaderOctets,
} from '../../mip6/wire/tcp-header.ts';
import { TYPE2_ROUTING_HEADER_OCTETS } from '../../mip6/wire/type2-routing-header.ts';
import { tcpHeaderAt } from './acknowledgement-filter.ts';

/** What a segment of the peer says of where it stands; sequence numbers and timestamps are 32 bits and wrap. */
export interface SegmentStanding {
  /** a reset */
  readonly over: boolean;
  readonly acknowledgement: number;
  readonly sequence: number;
  /** as it stands in the header, unscaled */
  readonly window: number;
  /** TSecr; undefined without timestamps */
  readonly timestampEcho: number | undefined;
  /** octets from `acknowledgement` to the highest edge of its SACK blocks; 0 without */
  readonly beyond: number;
}

const OPTION = { end: 0, none: 1, selectiveAcknowledgement: 5, timestamps: 8 } as const;
/** left and right edge */
const BLOCK_OCTETS = 8;
/** Of an IPv6 packet with a type 2 routing header, and the longest TCP header. */
export const STANDING_OCTETS: number =
  IPV6_HEADER_OCTETS + TYPE2_ROUTING_HEADER_OCTETS + LONGEST_TCP_HEADER_OCTETS;

/** Reads a packet from its IPv6 header on, as `segmentFilter` lets it pass; undefined for one that ends early or whose options are none. */
export function standingOf(packet: Buffer): SegmentStanding | undefined {
  const at = tcpHeaderAt(packet);
  if (packet.length < at + TCP_HEADER_OCTETS) return undefined;
  const end = at + tcpHeaderOctets(packet, at);
  if (end > packet.length || end < at + TCP_HEADER_OCTETS) return undefined;
  const acknowledgement = packet.readUInt32BE(at + TCP_LAYOUT.acknowledgement.at);
  const options = optionsIn(packet.subarray(at + TCP_HEADER_OCTETS, end), acknowledgement);
  return {
    over: (packet[at + TCP_LAYOUT.flags.at]! & TCP_FLAG.rst) !== 0,
    acknowledgement,
    sequence: packet.readUInt32BE(at + TCP_LAYOUT.sequence.at),
    window: packet.readUInt16BE(at + TCP_LAYOUT.window.at),
    ...options,
  };
}

type OptionValues = Pick<SegmentStanding, 'timestampEcho' | 'beyond'>;

function optionsIn(options: Buffer, acknowledgement: number): OptionValues {
  let [timestampEcho, beyond]: [number | undefined, number] = [undefined, 0];
  for (let at = 0; at < options.length && options[at] !== OPTION.end; ) {
    const length = options[at] === OPTION.none ? 1 : (options[at + 1] ?? 0);
    if (length < 1 || at + length > options.length || (options[at] !== OPTION.none && length < 2)) break;
    if (options[at] === OPTION.timestamps && length === 10) timestampEcho = options.readUInt32BE(at + 6);
    if (options[at] === OPTION.selectiveAcknowledgement)
      for (let block = at + 2; block + BLOCK_OCTETS <= at + length; block += BLOCK_OCTETS)
        beyond = Math.max(beyond, (options.readUInt32BE(block + 4) - acknowledgement) | 0);
    at += length;
  }
  return { timestampEcho, beyond };
}
