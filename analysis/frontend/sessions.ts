import path from 'node:path';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';
import type { CellRecord } from '../cell.ts';
import { faultIn, malformed } from '../events/faults.ts';
import { firstStopOf } from '../events/first-stop.ts';
import { hopOf } from '../events/hop.ts';
import { type Passage, Testbed } from '../events/testbed.ts';
import { neighbours } from './paths.ts';
import { SessionConnection } from './session-connection.ts';

/** Parts of a repetition, each from the first client's request that begins it: connections and handoffs; one octet each; documents; end. */
const parts = ['setup', 'probe', 'documents', 'end'] as const;
type Part = (typeof parts)[number];

/** IPv6 packets on the link of the front's site, both directions, without the link's own neighbour discovery. */
interface Load {
  octets: number;
  packets: number;
}

/** All that the capture tells of one repetition. */
export interface SessionTraffic {
  readonly connections: SessionConnection[];
  readonly front: Readonly<Record<Part, Load>>;
  /** of the clients' packets while the documents are fetched */
  readonly hops: Set<string>;
  /** what may not happen while it runs, in words */
  readonly faults: string[];
}

interface Sessions {
  /** 0 … repetitions − 1 */
  readonly repetitions: readonly SessionTraffic[];
  /** the capture file ends in the middle of a packet */
  readonly truncated: boolean;
}

/** ICMPv6: 130 to 143 are multicast listeners and neighbour discovery (RFC 2710, RFC 4861). */
const icmpv6 = { parameterProblem: 4, firstOfLink: 130, lastOfLink: 143 } as const;

/** Reads a cell's `router.pcap` and sorts its packets by repetition and part. Throws DecodeError. */
export async function readSessions(folder: string, cell: CellRecord): Promise<Sessions> {
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const log = new SessionLog(cell, await firstStopOf(folder, reader));
  for (const packet of reader.packets()) log.packet(packet);
  return { repetitions: log.repetitions, truncated: reader.truncated };
}

class SessionLog {
  readonly repetitions: readonly SessionTraffic[];
  readonly #endNs: number;
  readonly #testbed: Testbed;
  readonly #open = new Map<string, SessionConnection>();
  /** the repetition under way; before the first, −1 */
  #current = -1;
  #part = 0;

  /** `endNs`: when the first of the nodes ended, on the capture's clock */
  constructor(cell: CellRecord, endNs: number) {
    this.#endNs = endNs;
    this.#testbed = new Testbed(cell);
    this.repetitions = Array.from({ length: cell.repetitions }, () => ({
      connections: [],
      front: { setup: none(), probe: none(), documents: none(), end: none() },
      hops: new Set<string>(),
      faults: [],
    }));
  }

  packet(captured: CapturedPacket): void {
    const passage = this.#testbed.passage(captured);
    if (passage === undefined) return;
    const packet = decodePacket(captured);
    if (packet.kind === 'malformed') this.#fault(malformed(packet.reason, captured.number));
    if (packet.kind !== 'ipv6') return;
    if (packet.upper.kind === 'tcp' && this.#isService(packet, packet.upper)) {
      this.#segment(packet, packet.upper, passage);
    }
    this.#watch(packet, captured);
    if (passage.neighbour === neighbours.front && !isOfLink(packet)) this.#load(captured.originalLength);
  }

  #isService({ source, destination }: LogicalPacket, { sourcePort, destinationPort }: TcpSegment): boolean {
    const { contactAddress, servicePort } = this.#testbed;
    return source === contactAddress
      ? sourcePort === servicePort
      : destination === contactAddress && destinationPort === servicePort;
  }

  #segment(packet: LogicalPacket, segment: TcpSegment, passage: Passage): void {
    const fromClient = packet.source !== this.#testbed.contactAddress;
    if (passage.neighbour === neighbours.clients) {
      if (fromClient && passage.direction === 'in') this.#fromClient(packet, segment, passage);
      else if (!fromClient && passage.direction === 'out') {
        const key = `${packet.destination} ${segment.destinationPort}`;
        this.#open.get(key)?.toClient(segment, passage);
      }
    }
    if (parts[this.#part] === 'documents') {
      this.#now?.hops.add(hopOf(packet, passage, this.#testbed));
    }
  }

  #fromClient(packet: LogicalPacket, segment: TcpSegment, passage: Passage): void {
    const key = `${packet.source} ${segment.sourcePort}`;
    const opens = (segment.flags & TCP_FLAG.syn) !== 0;
    if (opens && this.#open.get(key)?.initialSequence !== segment.sequence) {
      const connection = new SessionConnection(packet.source, segment);
      this.#open.set(key, connection);
      this.#begin(connection);
    }
    const request = this.#open.get(key)?.fromClient(segment, passage);
    if (request !== undefined && request > this.#part) this.#part = Math.min(request, parts.length - 1);
  }

  /** Each client opens one connection per repetition. */
  #begin(connection: SessionConnection): void {
    const known = this.#now?.connections.some(({ client }) => client === connection.client) ?? true;
    if (known) {
      this.#current++;
      this.#part = 0;
    }
    this.#now?.connections.push(connection);
  }

  /** A client without Mobile IPv6 says so once, by an ICMPv6 Parameter Problem, while it is not yet measured. */
  #watch(packet: LogicalPacket, captured: CapturedPacket): void {
    const { upper } = packet;
    const saysSo = upper.kind === 'icmpv6' && upper.type === icmpv6.parameterProblem;
    if (saysSo && parts[this.#part] === 'setup') return;
    const fault = faultIn(packet, captured, this.#endNs);
    if (fault !== undefined) this.#fault(fault);
  }

  #load(octets: number): void {
    const load = this.#now?.front[parts[this.#part]!];
    if (load === undefined) return;
    load.octets += octets;
    load.packets++;
  }

  get #now(): SessionTraffic | undefined {
    return this.repetitions[this.#current];
  }

  /** What goes wrong before any repetition counts against the first. */
  #fault(reason: string): void {
    this.repetitions[Math.max(0, this.#current)]?.faults.push(reason);
  }
}

function isOfLink({ upper }: LogicalPacket): boolean {
  return upper.kind === 'icmpv6' && upper.type >= icmpv6.firstOfLink && upper.type <= icmpv6.lastOfLink;
}

function none(): Load {
  return { octets: 0, packets: 0 };
}
