import { decodePacket, type LogicalPacket } from '../../analysis/capture/decode.ts';
import { PcapReader } from '../../analysis/capture/pcap-reader.ts';
import type { TcpSegment } from '../../analysis/capture/upper-layer.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { CONTACT_ADDRESS } from './adverse-topology.ts';

/** A time in which one member alone sent to a client's connection. */
export interface Stay {
  /** network prefix of the member's site, e.g. `2001:db8:1:` */
  readonly member: string;
  readonly fromNs: number;
  toNs: number;
  segments: number;
}

export interface AdverseHolders {
  /** by `client address|port`, one list for each connection: who sent to it, one after the other */
  readonly stays: ReadonlyMap<string, readonly (readonly Stay[])[]>;
  /** resets that came from the contact address, by connection */
  readonly resets: readonly string[];
  /** by client: sequence numbers of its Binding Updates, in order, a retransmission counting once */
  readonly updates: ReadonlyMap<
    string,
    readonly { readonly sequence: number; readonly careOf: string; readonly timeNs: number }[]
  >;
  /** packets of the connections, and where in it the client's first FIN or RST came, ns */
  readonly leaves: ReadonlyMap<string, number>;
  readonly malformed: readonly string[];
  readonly epochSeconds: number;
}

/** Longer than any connection is silent, partitions included, and shorter than it takes until its port is used again. */
const LONG_SILENCE_NS = 150e9;

/** Reads, at the router where they come in, who sends to each connection of the service, and what signalling binds whom. */
export function readHolders(path: string, port: number): AdverseHolders {
  using reader = new PcapReader(path);
  const book = new Book(port);
  const malformed: string[] = [];
  for (const captured of reader.packets()) {
    if (captured.direction !== 'in') continue;
    const packet = decodePacket(captured);
    if (packet.kind === 'malformed') malformed.push(`${captured.number}: ${packet.reason}`);
    if (packet.kind === 'ipv6') book.take(packet, captured.timeNs);
  }
  const { stays, resets, updates, leaves } = book;
  return { stays, resets, updates, leaves, malformed, epochSeconds: reader.epochSeconds ?? 0 };
}

class Book {
  readonly stays = new Map<string, Stay[][]>();
  readonly resets: string[] = [];
  readonly updates = new Map<string, { sequence: number; careOf: string; timeNs: number }[]>();
  readonly leaves = new Map<string, number>();
  /** segments that passed inside a member tunnel: they come back from the home agent, and count once */
  readonly #tunnelled = new Set<string>();
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  take(packet: LogicalPacket, timeNs: number): void {
    const { upper } = packet;
    if (upper.kind === 'mobility' && upper.message.kind === 'binding-update') {
      this.#update(packet, upper.message.sequence, timeNs);
    } else if (upper.kind === 'tcp') {
      if (upper.sourcePort === this.#port && packet.source === CONTACT_ADDRESS)
        this.#sent(packet, upper, timeNs);
      if (upper.destinationPort === this.#port && upper.flags & (TCP_FLAG.fin | TCP_FLAG.rst)) {
        const connection = `${packet.source}|${upper.sourcePort}`;
        if (!this.leaves.has(connection)) this.leaves.set(connection, timeNs);
      }
    }
  }

  #update(packet: LogicalPacket, sequence: number, timeNs: number): void {
    const careOf = packet.network.source;
    const known = this.updates.get(packet.destination) ?? [];
    const repeated = known.some((one) => one.sequence === sequence && one.careOf === careOf);
    if (!repeated) this.updates.set(packet.destination, [...known, { sequence, careOf, timeNs }]);
  }

  #sent(packet: LogicalPacket, segment: TcpSegment, timeNs: number): void {
    const connection = `${packet.destination}|${segment.destinationPort}`;
    if (segment.flags & TCP_FLAG.rst) this.resets.push(connection);
    const key = `${connection} ${segment.sequence} ${segment.acknowledgement} ${segment.payloadLength} ${segment.flags}`;
    if (packet.tunnels.length > 0) this.#tunnelled.add(key);
    else if (packet.homeAddress === undefined && this.#tunnelled.has(key)) return;
    const site = packet.tunnels[0]?.source ?? packet.network.source;
    this.#stay(connection, site.split('::')[0]!, timeNs);
  }

  #stay(connection: string, member: string, timeNs: number): void {
    const connections = this.stays.get(connection) ?? [];
    this.stays.set(connection, connections);
    const before = connections.at(-1)?.at(-1)?.toNs ?? Number.NEGATIVE_INFINITY;
    if (timeNs - before > LONG_SILENCE_NS) connections.push([]);
    const stays = connections.at(-1)!;
    const last = stays.at(-1);
    if (last?.member !== member) stays.push({ member, fromNs: timeNs, toNs: timeNs, segments: 1 });
    else {
      last.toNs = timeNs;
      last.segments++;
    }
  }
}
