import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { type ParsedIpv6Packet, parseIpv6 } from '../../mip6/wire/ipv6-packet.ts';

/** Who is who at the gate. */
export interface GateAddresses {
  readonly client: Ipv6Address;
  readonly donor: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  readonly channelPort: number;
}

/** What a packet is to the gate; undefined of what it lets pass without a look. */
export type GateSignal =
  | { readonly kind: 'session' }
  | { readonly kind: 'channel'; readonly to: 'acceptor' | 'donor'; readonly sequence: number }
  | MobilitySignal;

/** `ofAcceptor`: it sent it; a test's `cookie` is the same in the message and its answer, on every hop. */
interface MobilitySignal {
  readonly kind: 'mobility';
  readonly name: string;
  readonly ofAcceptor: boolean;
  readonly cookie?: string;
  /** of an update that the donor sends for another, and of any acknowledgement to the donor */
  readonly inBand?: number;
}

const IPV6_IN_IPV6 = 41;
const MOBILITY = 135;
const TCP = 6;
/**
 * Mobility Header: its length, in units of 8 octets beyond the first, and its type; of tests and their answers: the cookie, 8 octets; of a
 * Binding Update: number, lifetime, options; of an acknowledgement: the number (RFC 6275 §6.1.1 to §6.1.8).
 */
const mobility = {
  ...{ length: 1, type: 2, cookie: 8, sequence: 6, lifetime: 10, options: 12, acknowledged: 8 },
  octets: 12,
} as const;
/** Alternate Care-of Address (RFC 6275 §6.2.5), and the option of a single octet, Pad1. */
const [ALTERNATE, PAD1] = [3, 0];
const tcp = { source: 0, destination: 2, sequence: 4, length: 12, flags: 13, octets: 20 } as const;
const [SYN, ACK] = [2, 16];
const mobilityNames: Readonly<Record<number, string>> = {
  1: 'home-test-init',
  2: 'care-of-test-init',
  3: 'home-test',
  4: 'care-of-test',
  5: 'binding-update',
  6: 'binding-acknowledgement',
};

/** Of the packet's first octets, 200 or so. */
export function signalOf(octets: Uint8Array, addresses: GateAddresses): GateSignal | undefined {
  try {
    const outer = parseIpv6(octets);
    const inner = outer.nextHeader === IPV6_IN_IPV6 ? parseIpv6(outer.payload) : outer;
    const { payload, nextHeader } = inner;
    const view = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    if (nextHeader === MOBILITY && view.length >= mobility.octets)
      return mobilitySignal(view, outer, inner, addresses);
    if (nextHeader === TCP && view.length >= tcp.octets) return tcpSignal(view, inner, addresses);
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function mobilitySignal(
  header: Buffer,
  outer: ParsedIpv6Packet,
  inner: ParsedIpv6Packet,
  { client, donor, acceptor }: GateAddresses,
): GateSignal | undefined {
  const name = mobilityNames[header.readUInt8(mobility.type)];
  if (name === undefined) return undefined;
  const ofAcceptor = outer.source === acceptor;
  if (name.includes('test')) {
    // The home test's way by the contact node: tunnelled between the members it is one hop, in the clear another.
    const tunnelled = outer !== inner;
    const relayed =
      (name === 'home-test-init' && !tunnelled && inner.destination === client) ||
      (name === 'home-test' && tunnelled);
    const cookie = header.subarray(mobility.cookie, mobility.cookie + 8).toString('hex');
    return { kind: 'mobility', name: `${name}${relayed ? '-relayed' : ''}`, ofAcceptor, cookie };
  }
  if (name === 'binding-update') {
    if (header.readUInt16BE(mobility.lifetime) === 0) return undefined;
    if (outer.source !== donor) return { kind: 'mobility', name, ofAcceptor };
    // To itself the donor binds the client as well, which belongs to no handoff.
    if (!hasAlternate(header)) return undefined;
    const inBand = header.readUInt16BE(mobility.sequence);
    return { kind: 'mobility', name: `${name}-in-band`, ofAcceptor, inBand };
  }
  if (outer.destination !== donor) return { kind: 'mobility', name, ofAcceptor };
  const inBand = header.readUInt16BE(mobility.acknowledged);
  return { kind: 'mobility', name: `${name}-in-band`, ofAcceptor, inBand };
}

/** A Binding Update that is for another address than its sender's. */
function hasAlternate(update: Buffer): boolean {
  const end = Math.min(update.length, 8 * (update.readUInt8(mobility.length) + 1));
  for (let at = mobility.options; at + 1 < end; ) {
    const type = update.readUInt8(at);
    if (type === ALTERNATE) return true;
    at += type === PAD1 ? 1 : 2 + update.readUInt8(at + 1);
  }
  return false;
}

function tcpSignal(
  header: Buffer,
  packet: ParsedIpv6Packet,
  addresses: GateAddresses,
): GateSignal | undefined {
  const { client, donor, acceptor, contactAddress, servicePort, channelPort } = addresses;
  const { source, destination } = packet;
  const ports = [header.readUInt16BE(tcp.source), header.readUInt16BE(tcp.destination)];
  const flags = header.readUInt8(tcp.flags);
  if (source === client && destination === contactAddress && ports[1] === servicePort)
    return (flags & SYN) !== 0 && (flags & ACK) === 0 ? { kind: 'session' } : undefined;
  const between = [source, destination].every((address) => address === donor || address === acceptor);
  const headerOctets = (header.readUInt8(tcp.length) >> 4) * 4;
  if (!between || !ports.includes(channelPort) || packet.payloadOctets <= headerOctets) return undefined;
  const to = destination === acceptor ? 'acceptor' : 'donor';
  return { kind: 'channel', to, sequence: header.readUInt32BE(tcp.sequence) };
}
