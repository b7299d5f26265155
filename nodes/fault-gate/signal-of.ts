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
  | { readonly kind: 'mobility'; readonly name: string };

const IPV6_IN_IPV6 = 41;
const MOBILITY = 135;
const TCP = 6;
/** Mobility Header: its type; of a Binding Update: its lifetime (RFC 6275 §6.1.1, §6.1.7). */
const mobility = { type: 2, lifetime: 10, octets: 12 } as const;
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
  { client, donor }: GateAddresses,
): GateSignal | undefined {
  const name = mobilityNames[header.readUInt8(mobility.type)];
  const isUpdate = name === 'binding-update';
  if (name === undefined || (isUpdate && header.readUInt16BE(mobility.lifetime) === 0)) return undefined;
  // The home test's way by the contact node: tunnelled between the members it is one hop, in the clear another.
  const tunnelled = outer !== inner;
  const relayed =
    (name === 'home-test-init' && !tunnelled && inner.destination === client) ||
    (name === 'home-test' && tunnelled);
  const inBand = isUpdate && outer.source === donor;
  return { kind: 'mobility', name: `${name}${relayed ? '-relayed' : ''}${inBand ? '-in-band' : ''}` };
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
