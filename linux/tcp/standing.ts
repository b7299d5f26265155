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

/** Offsets and lengths in octets (RFC 8200 §3, RFC 9293 §3.1, RFC 6275 §6.4). */
const IPV6 = { nextHeader: 6, octets: 40 } as const;
const ROUTING_HEADER_OCTETS = 24;
const TCP = { sequence: 4, acknowledgement: 8, dataOffset: 12, flags: 13, window: 14, octets: 20 } as const;
const IPPROTO_TCP = 6;
const RESET = 0x04;
const OPTION = { end: 0, none: 1, selectiveAcknowledgement: 5, timestamps: 8 } as const;
/** left and right edge */
const BLOCK_OCTETS = 8;
/** Of an IPv6 packet with a type 2 routing header, and the longest TCP header. */
export const STANDING_OCTETS: number = IPV6.octets + ROUTING_HEADER_OCTETS + 60;

/** Reads a packet from its IPv6 header on, as `segmentFilter` lets it pass; undefined for one that ends early or whose options are none. */
export function standingOf(packet: Buffer): SegmentStanding | undefined {
  const at = IPV6.octets + (packet[IPV6.nextHeader] === IPPROTO_TCP ? 0 : ROUTING_HEADER_OCTETS);
  if (packet.length < at + TCP.octets) return undefined;
  const end = at + (packet[at + TCP.dataOffset]! >> 4) * 4;
  if (end > packet.length || end < at + TCP.octets) return undefined;
  const acknowledgement = packet.readUInt32BE(at + TCP.acknowledgement);
  const options = optionsIn(packet.subarray(at + TCP.octets, end), acknowledgement);
  return {
    over: (packet[at + TCP.flags]! & RESET) !== 0,
    acknowledgement,
    sequence: packet.readUInt32BE(at + TCP.sequence),
    window: packet.readUInt16BE(at + TCP.window),
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
