import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import type { LogicalPacket } from '../capture/decode.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';
import { OfferedWindow } from './offered-window.ts';
import { SequenceCoverage } from './sequence-coverage.ts';
import type { Passage, Testbed } from './testbed.ts';

/** What one sender sent to the client on the connection. */
export interface SenderTrace {
  /** segments with payload, coming from the sender … */
  firstDataIn?: Passage;
  lastDataIn?: Passage;
  /** … and leaving towards the client */
  firstDataOut?: Passage;
  lastDataOut?: Passage;
  /** any segment leaving towards the client */
  lastOut?: Passage;
}

/** So many octets from the first on had left towards the client without a hole. */
interface ProgressStep {
  readonly timeNs: number;
  readonly octets: number;
  /** whose segment it was: see `senders` */
  readonly from: Ipv6Address;
}

/** One of the client's segments towards the server. */
export interface ClientSegmentTrace {
  readonly in: Passage;
  /** on its way to the server, behind the router's delay */
  out?: Passage;
  readonly sequence: number;
  readonly acknowledgement: number;
}

interface ResetTrace {
  readonly passage: Passage;
  /**
   * The client sent it when it had closed: both FINs had passed, and the acknowledgement of its own had left towards it. A segment
   * that arrives later meets no connection, and is answered so (RFC 9293 §3.10.7.1).
   */
  readonly afterEnd: boolean;
}

/** One TCP connection of the client to the service, as the router saw it. */
export class ClientConnection {
  readonly clientPort: number;
  readonly initialSequence: number;
  readonly syn: Passage;
  readonly offered: OfferedWindow;
  /**
   * By care-of address where the sender is known: from the packet's source, or from the reverse tunnel in which the segment
   * came to the router earlier. Else by the contact address: a member behind the home agent, its tunnel out of our sight.
   */
  readonly senders = new Map<Ipv6Address, SenderTrace>();
  /** segments, coming from the servers, with octets that had passed before */
  retransmissions = 0;
  /** those octets */
  octetsSentAgain = 0;
  /** of what the client can read, one step per segment that brought more of it */
  readonly progress: ProgressStep[] = [];
  readonly resets: ResetTrace[] = [];
  finFromServer: Passage | undefined;
  finFromClient: Passage | undefined;
  /** how often the client sent its FIN */
  finsFromClient = 0;
  /** the client's latest segment */
  lastFromClient: ClientSegmentTrace | undefined;
  readonly #testbed: Testbed;
  /** which member sent a segment through a tunnel, by the segment's sequence number */
  readonly #tunnelled = new Map<number, Ipv6Address>();
  #sent: SequenceCoverage | undefined;
  #delivered: SequenceCoverage | undefined;
  /** sequence number behind the client's FIN */
  #clientEnd: number | undefined;
  #closedAtClient = false;

  constructor(syn: TcpSegment, passage: Passage, testbed: Testbed) {
    this.clientPort = syn.sourcePort;
    this.initialSequence = syn.sequence;
    this.syn = passage;
    this.offered = new OfferedWindow(syn);
    this.#testbed = testbed;
  }

  /** Distinct payload octets that left towards the client; undefined before the server's SYN. */
  get deliveredOctets(): number | undefined {
    return this.#delivered?.covered;
  }

  /** Whether octets are missing between those that left towards the client. */
  get hasHole(): boolean {
    return this.#delivered?.hasHole ?? false;
  }

  /** Takes a segment of this connection, in either direction, on either side of the router. */
  segment(packet: LogicalPacket, tcp: TcpSegment, passage: Passage): void {
    if ((tcp.flags & TCP_FLAG.rst) !== 0) {
      this.resets.push({
        passage,
        afterEnd: this.#closedAtClient && packet.source === this.#testbed.client,
      });
    }
    if (packet.source === this.#testbed.client) this.#fromClient(tcp, passage);
    else if (packet.outer.destination === this.#testbed.client) {
      this.#fromServer(this.#senderOf(packet, tcp), tcp, passage);
    } else if (passage.direction === 'in' && this.#testbed.isMember(packet.outer.source)) {
      this.#tunnelled.set(tcp.sequence, packet.outer.source);
    }
  }

  #senderOf({ outer }: LogicalPacket, { sequence }: TcpSegment): Ipv6Address {
    const known = outer.source === this.#testbed.contactAddress ? this.#tunnelled.get(sequence) : undefined;
    return known ?? outer.source;
  }

  #fromClient(tcp: TcpSegment, passage: Passage): void {
    const { sequence, acknowledgement } = tcp;
    if (passage.direction === 'out') {
      // Earlier segments leave while later ones come: only the latest one's own leaving counts.
      const last = this.lastFromClient;
      if (last?.sequence === sequence && last.acknowledgement === acknowledgement) last.out ??= passage;
      return;
    }
    if (passage.neighbour !== this.#testbed.clientNeighbour) return;
    this.offered.fromClient(tcp);
    this.lastFromClient = { in: passage, sequence, acknowledgement };
    if ((tcp.flags & TCP_FLAG.fin) === 0) return;
    this.finFromClient ??= passage;
    this.finsFromClient++;
    this.#clientEnd ??= sequence + tcp.payloadLength + 1;
  }

  #fromServer(source: Ipv6Address, tcp: TcpSegment, passage: Passage): void {
    if ((tcp.flags & TCP_FLAG.syn) !== 0) {
      this.#sent ??= new SequenceCoverage(tcp.sequence + 1);
      this.#delivered ??= new SequenceCoverage(tcp.sequence + 1);
    }
    this.offered.fromServer(tcp);
    const sender = this.#sender(source);
    if (passage.direction === 'in') this.#coming(sender, tcp, passage);
    else this.#leaving(source, sender, tcp, passage);
  }

  #coming(sender: SenderTrace, tcp: TcpSegment, passage: Passage): void {
    if (tcp.payloadLength === 0) return;
    sender.firstDataIn ??= passage;
    sender.lastDataIn = passage;
    const fresh = this.#sent?.add(this.#sent.offsetOf(tcp.sequence), tcp.payloadLength);
    if (fresh === undefined || fresh >= tcp.payloadLength) return;
    this.retransmissions++;
    this.octetsSentAgain += tcp.payloadLength - fresh;
  }

  #leaving(source: Ipv6Address, sender: SenderTrace, tcp: TcpSegment, passage: Passage): void {
    sender.lastOut = passage;
    if ((tcp.flags & TCP_FLAG.fin) !== 0) this.finFromServer ??= passage;
    const endAcknowledged =
      this.#clientEnd !== undefined && ((tcp.acknowledgement - this.#clientEnd) | 0) >= 0;
    if (endAcknowledged && this.finFromServer !== undefined) this.#closedAtClient = true;
    if (tcp.payloadLength === 0) return;
    sender.firstDataOut ??= passage;
    sender.lastDataOut = passage;
    this.#deliver(source, tcp, passage);
  }

  #deliver(from: Ipv6Address, { sequence, payloadLength }: TcpSegment, { timeNs }: Passage): void {
    const delivered = this.#delivered;
    if (delivered === undefined) return;
    const before = delivered.contiguous;
    delivered.add(delivered.offsetOf(sequence), payloadLength);
    const octets = delivered.contiguous;
    if (octets > before) this.progress.push({ timeNs, octets, from });
  }

  #sender(source: Ipv6Address): SenderTrace {
    const known = this.senders.get(source);
    if (known !== undefined) return known;
    const fresh: SenderTrace = {};
    this.senders.set(source, fresh);
    return fresh;
  }
}
