import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { NextHeader } from '../../mip6/wire/constants.ts';
import { IPV6_LAYOUT } from '../../mip6/wire/header-walk.ts';
import { TCP_FLAG, TCP_LAYOUT } from '../../mip6/wire/tcp-header.ts';
import {
  count,
  drop,
  type FilterExpression,
  type FilterTable,
  keepBits,
  loadMeta,
  loadPayload,
  onlyIf,
  storePayload,
  writePayload,
} from '../netlink/nf-tables.ts';

/** Socket mark (SO_MARK) of a connection that is reset on purpose: its application breaks it off, or the member does not take it. */
export const RESET_MARK = 0x52;

/** Socket mark of a connection whose client is told that it may send nothing: what it has sent already is taken. */
export const CLOSED_WINDOW_MARK = 0x57;

/** Name of the member's table, of IPv6. */
export const memberTable = 'handoff_member';

/** nft(8)'s priority `filter` */
const FILTER = 0;
/** version, the octet of the traffic class, and the first bits of the flow label; the DSCP is the class's upper six bits (RFC 2474 §3) */
const TRAFFIC_CLASS = { at: 0, octets: 2, othersThanDscp: Uint8Array.of(0xf0, 0x3f), dscpAt: 6 } as const;
const RESET = Uint8Array.of(TCP_FLAG.rst);
const NO_WINDOW = Uint8Array.of(0, 0);

/** What a member says to other members, homes and clients about whose the clients are. */
interface SignallingClass {
  /** what the packets are marked with, for networks that let those pass first */
  readonly dscp: number;
  readonly careOfAddress: Ipv6Address;
  readonly channelPort: number;
}

/**
 * The member's part of the packet filter: it never sends a TCP reset from a contact address, but for connections that
 * carry the mark. A member that lost its state would otherwise reset connections that another member could still serve; and since the
 * sockets of clients are closed by resets when a process dies, its death is silence.
 *
 * The client of a connection with the other mark is told a window of zero. The kernel itself never takes back what it has offered (RFC 9293
 * §3.8.6); with so small a window of its own it would drop what is under way.
 *
 * With `signalling` the channel's segments and Mobility Headers are marked, whoever in the kernel makes them: the end of a process's connections, too.
 */
export function memberFirewall(
  homeAddresses: readonly Ipv6Address[],
  signalling?: SignallingClass,
): FilterTable {
  return {
    name: memberTable,
    chain: { name: 'output', hook: 'output', priority: FILTER },
    rules: [
      ...(signalling === undefined ? [] : marking(signalling)),
      ...homeAddresses.flatMap((address) => [withoutResets(address), withoutWindow(address)]),
    ],
  };
}

/** `ip6 saddr ADDRESS tcp flags & rst == rst meta mark != MARK counter drop` */
function withoutResets(address: Ipv6Address): readonly FilterExpression[] {
  return [
    ...tcpFrom(address),
    loadPayload('transport', TCP_LAYOUT.flags.at, TCP_LAYOUT.flags.octets),
    keepBits(RESET),
    onlyIf('equal', RESET),
    loadMeta('mark'),
    onlyIf('different', markOctets(RESET_MARK)),
    count(),
    drop(),
  ];
}

/** `ip6 saddr ADDRESS meta l4proto tcp meta mark == MARK tcp window set 0` */
function withoutWindow(address: Ipv6Address): readonly FilterExpression[] {
  return [
    ...tcpFrom(address),
    loadMeta('mark'),
    onlyIf('equal', markOctets(CLOSED_WINDOW_MARK)),
    ...writePayload('transport', TCP_LAYOUT.window.at, NO_WINDOW, TCP_LAYOUT.checksum.at),
  ];
}

function tcpFrom(address: Ipv6Address): readonly FilterExpression[] {
  return [
    loadPayload('network', IPV6_LAYOUT.source.at, IPV6_LAYOUT.source.octets),
    onlyIf('equal', ipv6ToBytes(address)),
    ...ofProtocol(NextHeader.tcp),
  ];
}

function ofProtocol(number: number): readonly FilterExpression[] {
  return [loadMeta('protocol'), onlyIf('equal', Uint8Array.of(number))];
}

/** Marks lie in the machine's own order, little-endian. */
function markOctets(mark: number): Uint8Array {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, mark, true);
  return octets;
}

/** `ip6 nexthdr 135 ip6 dscp set CLASS`; `ip6 saddr ADDRESS tcp sport PORT ip6 dscp set CLASS`, and the same with `dport` */
function marking({
  dscp,
  careOfAddress,
  channelPort,
}: SignallingClass): readonly (readonly FilterExpression[])[] {
  const { at, octets, othersThanDscp, dscpAt } = TRAFFIC_CLASS;
  const bits = dscp << dscpAt;
  const mark = [
    loadPayload('network', at, octets),
    keepBits(othersThanDscp, Uint8Array.of(bits >> 8, bits & 0xff)),
    storePayload('network', at, octets),
  ];
  const port = Uint8Array.of(channelPort >> 8, channelPort & 0xff);
  const channel = [TCP_LAYOUT.sourcePort, TCP_LAYOUT.destinationPort].map((place) => [
    ...tcpFrom(careOfAddress),
    loadPayload('transport', place.at, place.octets),
    onlyIf('equal', port),
    ...mark,
  ]);
  return [[...ofProtocol(NextHeader.mobilityHeader), ...mark], ...channel];
}
