import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import type { CapturedPacket } from '../capture/pcap-reader.ts';
import type { CellRecord } from '../cell.ts';
import { type Inevitable, inevitable } from './inevitable.ts';

/** Where and when a packet passed the router. */
export interface Passage {
  readonly timeNs: number;
  /** in the capture, counted from 1 */
  readonly packet: number;
  /** the neighbour at the other end of the interface: `client`, `ha1`, `ha2` */
  readonly neighbour: string;
  readonly direction: 'in' | 'out';
}

/** Who is who in a cell's capture. */
export class Testbed {
  readonly client: Ipv6Address;
  /** the router's neighbour that the client is, or stands behind */
  readonly clientNeighbour: string;
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  readonly channelPort: number;
  /** true where a link is allowed to lose packets */
  readonly lossy: boolean;
  /** true where a link's delay varies from packet to packet, so that packets overtake each other */
  readonly reordering: boolean;
  /** the largest receive window that the client may offer, octets; undefined where the plan has no bound */
  readonly windowBytes: number | undefined;
  /** what the client's Mobile IPv6 daemon was told to take for each message, ms */
  readonly takesMs: number;
  /** what the plan's own latencies bring about */
  readonly inevitable: Inevitable;
  readonly #names = new Map<Ipv6Address, string>();
  readonly #members = new Set<Ipv6Address>();
  readonly #neighbours: ReadonlyMap<number, string>;

  /** Throws DecodeError when an address is missing or is none. */
  constructor(cell: CellRecord) {
    for (const [name, text] of Object.entries(cell.addresses)) {
      const address = ipv6(text);
      if (name !== 'contactAddress') this.#names.set(address, name);
      if (memberName.test(name)) this.#members.add(address);
    }
    this.client = required(cell, 'client');
    this.clientNeighbour = cell.clientNeighbour ?? 'client';
    this.contactAddress = required(cell, 'contactAddress');
    this.servicePort = cell.servicePort;
    this.channelPort = cell.channelPort;
    const known = { ...cell.parameters, ...cell.network };
    const above0 = (kind: RegExp): boolean =>
      Object.entries(known).some(([name, value]) => kind.test(name) && value > 0);
    this.lossy = above0(lossName);
    this.reordering = above0(jitterName);
    this.windowBytes = cell.parameters.windowBytes;
    this.takesMs = cell.parameters.takesMs ?? 0;
    this.inevitable = inevitable(known);
    this.#neighbours = new Map(Object.entries(cell.interfaces).map(([index, name]) => [Number(index), name]));
  }

  /** Where a packet passed, or undefined for an interface that is not one of the network's. */
  passage(packet: CapturedPacket): Passage | undefined {
    const neighbour = this.#neighbours.get(packet.interfaceIndex);
    if (neighbour === undefined || packet.direction === 'unknown') return undefined;
    return { timeNs: packet.timeNs, packet: packet.number, neighbour, direction: packet.direction };
  }

  isMember(address: Ipv6Address): boolean {
    return this.#members.has(address);
  }

  /** A node's name; the contact address, which wanders, belongs to the member behind the neighbour it was seen at. */
  nameOf(address: Ipv6Address, at: Passage): string {
    if (address === this.contactAddress) return at.neighbour.replace(/^ha(?=\d+$)/, 'node');
    return this.#names.get(address) ?? address;
  }
}

const memberName = /^node\d+$/;
const lossName = /loss.*pct$/i;
const jitterName = /jitter.*ms$/i;

function required(cell: CellRecord, name: string): Ipv6Address {
  const text = cell.addresses[name];
  if (text === undefined) throw new DecodeError('illegal-value', `cell.json addresses.${name}`, 'missing');
  return ipv6(text);
}
