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
import { SEGMENT_OPTION, segmentOptions, timestampsIn } from './segment-options.ts';

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
  const options = packet.subarray(at + TCP_HEADER_OCTETS, end);
  return {
    over: (packet[at + TCP_LAYOUT.flags.at]! & TCP_FLAG.rst) !== 0,
    acknowledgement,
    sequence: packet.readUInt32BE(at + TCP_LAYOUT.sequence.at),
    window: packet.readUInt16BE(at + TCP_LAYOUT.window.at),
    timestampEcho: timestampsIn(options)?.echo,
    beyond: octetsBeyond(options, acknowledgement),
  };
}

/** To the highest edge of the options' SACK blocks. */
function octetsBeyond(options: Buffer, acknowledgement: number): number {
  let beyond = 0;
  for (const { kind, data } of segmentOptions(options))
    if (kind === SEGMENT_OPTION.selectiveAcknowledgement)
      for (let block = 0; block + BLOCK_OCTETS <= data.length; block += BLOCK_OCTETS)
        beyond = Math.max(beyond, (data.readUInt32BE(block + 4) - acknowledgement) | 0);
  return beyond;
}
