import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import type { LogicalPacket } from '../capture/decode.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';
import { OfferedWindow } from '../events/offered-window.ts';
import { SequenceCoverage } from '../events/sequence-coverage.ts';
import type { Passage } from '../events/testbed.ts';

/** What one sender sent of a range, as it left the router towards the client. */
interface RangeSender {
  firstNs: number;
  lastNs: number;
}

/** A connection of the client to one contact address, as the router saw it. */
export class RangeConnection {
  readonly contactAddress: Ipv6Address;
  readonly clientPort: number;
  readonly initialSequence: number;
  readonly offered: OfferedWindow;
  /** the client's first SYN came to the router */
  readonly openedNs: number;
  /** by care-of address; by the contact address, what came through its home agent */
  readonly senders = new Map<Ipv6Address, RangeSender>();
  /** the sender of the octet that is the last in the stream; undefined before any data */
  lastSender: Ipv6Address | undefined;
  /** packet of a reset, in either direction */
  reset: number | undefined;
  finFromClient = false;
  finFromServer = false;
  readonly #client: Ipv6Address;
  #delivered: SequenceCoverage | undefined;
  #end: number | undefined;
  #acknowledgedNs: number | undefined;

  constructor({ source, destination }: LogicalPacket, syn: TcpSegment, passage: Passage) {
    this.#client = source;
    this.contactAddress = destination;
    this.clientPort = syn.sourcePort;
    this.initialSequence = syn.sequence;
    this.offered = new OfferedWindow(syn);
    this.openedNs = passage.timeNs;
  }

  /** The last octet's first acknowledgement came to the router; undefined while it has not. */
  get acknowledgedNs(): number | undefined {
    return this.#acknowledgedNs;
  }

  /** The first octet left towards the client. */
  get firstDataNs(): number | undefined {
    const [first] = [...this.senders.values()].map(({ firstNs }) => firstNs).sort((a, b) => a - b);
    return first;
  }

  /** Distinct payload octets that left towards the client, and whether some are missing between them. */
  get delivered(): { readonly octets: number; readonly hasHole: boolean } {
    return { octets: this.#delivered?.covered ?? 0, hasHole: this.#delivered?.hasHole ?? false };
  }

  /** Takes a segment of this connection, in either direction, on either side of the router. */
  segment(packet: LogicalPacket, tcp: TcpSegment, { timeNs, packet: number, direction }: Passage): void {
    if ((tcp.flags & TCP_FLAG.rst) !== 0) this.reset ??= number;
    const fin = (tcp.flags & TCP_FLAG.fin) !== 0;
    if (packet.source === this.#client) {
      if (direction !== 'in') return;
      this.finFromClient ||= fin;
      this.offered.fromClient(tcp);
      this.#acknowledged(tcp.acknowledgement, timeNs);
    } else if (direction === 'out' && packet.outer.destination === this.#client) {
      this.finFromServer ||= fin;
      this.offered.fromServer(tcp);
      if ((tcp.flags & TCP_FLAG.syn) !== 0) this.#delivered ??= new SequenceCoverage(tcp.sequence + 1);
      if (tcp.payloadLength > 0) this.#data(packet.outer.source, tcp, timeNs);
    }
  }

  #data(source: Ipv6Address, tcp: TcpSegment, timeNs: number): void {
    const coverage = this.#delivered;
    if (coverage === undefined) return;
    coverage.add(coverage.offsetOf(tcp.sequence), tcp.payloadLength);
    const sender = this.senders.get(source) ?? { firstNs: timeNs, lastNs: timeNs };
    sender.lastNs = timeNs;
    this.senders.set(source, sender);
    const end = (tcp.sequence + tcp.payloadLength) >>> 0;
    if (this.#end !== undefined && isBefore(end, this.#end)) return;
    if (end !== this.#end) this.#acknowledgedNs = undefined;
    this.#end = end;
    this.lastSender = source;
  }

  #acknowledged(acknowledgement: number, timeNs: number): void {
    if (this.#end !== undefined && !isBefore(acknowledgement, this.#end)) this.#acknowledgedNs ??= timeNs;
  }
}

/** In sequence space (RFC 9293 §3.4). */
function isBefore(one: number, other: number): boolean {
  return ((one - other) | 0) < 0;
}
