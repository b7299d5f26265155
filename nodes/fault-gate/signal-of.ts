import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { NextHeader } from '../../mip6/wire/constants.ts';
import { orUndefined } from '../../mip6/wire/decode-error.ts';
import { type ParsedIpv6Packet, parseIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { readNumber } from '../../mip6/wire/octets.ts';
import { TCP_FLAG, TCP_LAYOUT, tcpHeaderOctets } from '../../mip6/wire/tcp-header.ts';

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

/** Of the packet's first octets, 200 or so. */
export function signalOf(octets: Uint8Array, addresses: GateAddresses): GateSignal | undefined {
  return orUndefined(() => {
    const outer = parseIpv6(octets);
    const inner = outer.nextHeader === NextHeader.ipv6 ? parseIpv6(outer.payload) : outer;
    switch (inner.nextHeader) {
      case NextHeader.mobilityHeader:
        return mobilitySignal(parseMobilityHeader(inner.payload).message, outer, inner, addresses);
      case NextHeader.tcp:
        return tcpSignal(inner, addresses);
      default:
        return undefined;
    }
  });
}

/** What else comes by is no part of a handoff. */
function mobilitySignal(
  message: MobilityMessage,
  outer: ParsedIpv6Packet,
  inner: ParsedIpv6Packet,
  { client, donor, acceptor }: GateAddresses,
): GateSignal | undefined {
  const { kind: name } = message;
  const signal = { kind: 'mobility', name, ofAcceptor: outer.source === acceptor } as const;
  // The home test's way by the contact node: tunnelled between the members it is one hop, in the clear another.
  const isTunnelled = outer !== inner;
  switch (message.kind) {
    case 'home-test-init': {
      const isRelayed = !isTunnelled && inner.destination === client;
      return { ...signal, name: hop(name, isRelayed), cookie: hex(message.homeInitCookie) };
    }
    case 'home-test':
      return { ...signal, name: hop(name, isTunnelled), cookie: hex(message.homeInitCookie) };
    case 'care-of-test-init':
    case 'care-of-test':
      return { ...signal, cookie: hex(message.careOfInitCookie) };
    case 'binding-update':
      if (message.lifetimeSeconds === 0) return undefined;
      if (outer.source !== donor) return signal;
      // To itself the donor binds the client as well, which belongs to no handoff.
      if (!message.options.some(({ kind }) => kind === 'alternate-care-of-address')) return undefined;
      return { ...signal, name: `${name}-in-band`, inBand: message.sequence };
    case 'binding-acknowledgement':
      if (outer.destination !== donor) return signal;
      return { ...signal, name: `${name}-in-band`, inBand: message.sequence };
    default:
      return undefined;
  }
}

function hop(name: string, isRelayed: boolean): string {
  return isRelayed ? `${name}-relayed` : name;
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

function tcpSignal(packet: ParsedIpv6Packet, addresses: GateAddresses): GateSignal | undefined {
  const { client, donor, acceptor, contactAddress, servicePort, channelPort } = addresses;
  const { source, destination, payload } = packet;
  const from = readNumber(payload, TCP_LAYOUT.sourcePort);
  const to = readNumber(payload, TCP_LAYOUT.destinationPort);
  const flags = readNumber(payload, TCP_LAYOUT.flags);
  if (source === client && destination === contactAddress && to === servicePort)
    return (flags & TCP_FLAG.syn) !== 0 && (flags & TCP_FLAG.ack) === 0 ? { kind: 'session' } : undefined;
  const between = [source, destination].every((address) => address === donor || address === acceptor);
  const isChannel = from === channelPort || to === channelPort;
  if (!between || !isChannel || packet.payloadOctets <= tcpHeaderOctets(payload, 0)) return undefined;
  const sequence = readNumber(payload, TCP_LAYOUT.sequence);
  return { kind: 'channel', to: destination === acceptor ? 'acceptor' : 'donor', sequence };
}
