import { NextHeader } from '../../mip6/wire/constants.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { TCP_FLAG, TCP_HEADER_OCTETS, TCP_LAYOUT, tcpHeaderOctets } from '../../mip6/wire/tcp-header.ts';

export interface TcpSegment {
  readonly kind: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** the low 8 flag bits; test with `TCP_FLAG` */
  readonly flags: number;
  /** unscaled */
  readonly window: number;
  /** of a SYN with a Window Scale option: how far later window fields are shifted (RFC 7323 §2.2), 0 to 14 */
  readonly windowScale?: number | undefined;
  /** octets on the wire, from the IPv6 length, not from what was captured */
  readonly payloadLength: number;
  /** the payload's captured front; a view */
  readonly payloadPrefix: Uint8Array;
}

export type Upper =
  | TcpSegment
  | { readonly kind: 'mobility'; readonly message: MobilityMessage }
  | {
      readonly kind: 'udp';
      readonly sourcePort: number;
      readonly destinationPort: number;
      readonly payloadLength: number;
    }
  | { readonly kind: 'icmpv6'; readonly type: number; readonly code: number }
  | {
      readonly kind: 'esp';
      readonly spi: number;
      readonly sequence: number;
      /** captured, from the SPI on; a view */
      readonly octets: Uint8Array;
    }
  /** anything else, a real fragment (44) included */
  | { readonly kind: 'other'; readonly protocol: number };

/*
 * Offsets in octets. UDP (RFC 768): ports 2 + 2, length 2. ESP (RFC 4303 §2): SPI 4, sequence 4.
 */
/* Options (RFC 9293 §3.1): kind 1, except for the first two: length with both octets 1, value. Window Scale (RFC 7323 §2.2): shift 1. */
const tcpOptions = { end: 0, padding: 1, windowScale: { kind: 3, octets: 3, most: 14 } } as const;
const udp = { source: 0, destination: 2, length: 4, octets: 8 } as const;
const esp = { spi: 0, sequence: 4, octets: 8 } as const;
const icmpv6 = { type: 0, code: 1, octets: 4 } as const;

/** Reads the header of protocol `next` at `at`; `end` is where the IPv6 packet ends on the wire. Throws DecodeError. */
export function readUpper(bytes: Uint8Array, next: number, at: number, end: number): Upper {
  switch (next) {
    case NextHeader.tcp:
      return readTcp(bytes, at, end);
    case NextHeader.mobilityHeader:
      return readMobility(bytes, at, end);
    case NextHeader.udp:
      need(bytes, at, end, udp.octets, 'UDP header');
      return {
        kind: 'udp',
        sourcePort: u16(bytes, at + udp.source),
        destinationPort: u16(bytes, at + udp.destination),
        payloadLength: u16(bytes, at + udp.length) - udp.octets,
      };
    case NextHeader.icmpv6:
      need(bytes, at, end, icmpv6.octets, 'ICMPv6 header');
      return { kind: 'icmpv6', type: bytes[at + icmpv6.type]!, code: bytes[at + icmpv6.code]! };
    case NextHeader.esp:
      need(bytes, at, end, esp.octets, 'ESP header');
      return {
        kind: 'esp',
        spi: u32(bytes, at + esp.spi),
        sequence: u32(bytes, at + esp.sequence),
        octets: bytes.subarray(at, Math.min(end, bytes.length)),
      };
    default:
      return { kind: 'other', protocol: next };
  }
}

function readTcp(bytes: Uint8Array, at: number, end: number): TcpSegment {
  need(bytes, at, end, TCP_HEADER_OCTETS, 'TCP header');
  const headerOctets = tcpHeaderOctets(bytes, at);
  if (headerOctets < TCP_HEADER_OCTETS || at + headerOctets > end) {
    throw new DecodeError('illegal-length', 'TCP header length', `${headerOctets} octets`, at);
  }
  const payloadAt = at + headerOctets;
  return {
    kind: 'tcp',
    sourcePort: u16(bytes, at + TCP_LAYOUT.sourcePort.at),
    destinationPort: u16(bytes, at + TCP_LAYOUT.destinationPort.at),
    sequence: u32(bytes, at + TCP_LAYOUT.sequence.at),
    acknowledgement: u32(bytes, at + TCP_LAYOUT.acknowledgement.at),
    flags: bytes[at + TCP_LAYOUT.flags.at]!,
    window: u16(bytes, at + TCP_LAYOUT.window.at),
    windowScale: windowScaleIn(bytes.subarray(at, payloadAt)),
    payloadLength: end - payloadAt,
    payloadPrefix: bytes.subarray(payloadAt, Math.max(payloadAt, Math.min(end, bytes.length))),
  };
}

/** Of a whole header; only a SYN's says something. An option that contradicts itself ends the list, as in a kernel. */
function windowScaleIn(header: Uint8Array): number | undefined {
  if ((header[TCP_LAYOUT.flags.at]! & TCP_FLAG.syn) === 0) return undefined;
  const { end, padding, windowScale } = tcpOptions;
  let at: number = TCP_HEADER_OCTETS;
  while (at < header.length && header[at] !== end) {
    if (header[at] === padding) {
      at++;
      continue;
    }
    const octets = header[at + 1] ?? 0;
    if (octets < 2 || at + octets > header.length) return undefined;
    if (header[at] === windowScale.kind && octets === windowScale.octets)
      return Math.min(header[at + 2]!, windowScale.most);
    at += octets;
  }
  return undefined;
}

function readMobility(bytes: Uint8Array, at: number, end: number): Upper {
  return { kind: 'mobility', message: parseMobilityHeader(bytes.subarray(at, end)).message };
}

function need(bytes: Uint8Array, at: number, end: number, octets: number, field: string): void {
  if (at + octets > end)
    throw new DecodeError('truncated', field, `${at + octets - end} octets past its packet`, at);
  if (at + octets > bytes.length) throw new DecodeError('truncated', field, 'cut by the snap length', at);
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
