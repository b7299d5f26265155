import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';
import type { CellRecord } from '../cell.ts';
import type { TlsKeyLog } from './channel-keys.ts';
import { ClientConnection, type ClientSegmentTrace } from './client-connection.ts';
import { MemberChannels, type MemberFrame } from './member-channels.ts';
import { SignallingLog, type SignallingMessage } from './signalling.ts';
import { type Passage, Testbed } from './testbed.ts';

/** All that the capture tells of one repetition: from its client's SYN to the next repetition's. */
export interface RepetitionTrace {
  readonly connection: ClientConnection;
  readonly signalling: SignallingMessage[];
  readonly frames: MemberFrame[];
  /** the client's segment that was its latest when the first Init came */
  lastFromClientBeforeInit?: ClientSegmentTrace;
  /** malformed packets and unreadable channel frames, in words */
  readonly malformed: string[];
}

export interface CaptureTrace {
  readonly testbed: Testbed;
  readonly repetitions: readonly RepetitionTrace[];
  /** the capture file ends in the middle of a packet */
  readonly truncated: boolean;
  /** nanoseconds of the capture's own count of an instant in nanoseconds since 1970 */
  readonly sinceEpoch: (ns: bigint) => number;
}

/**
 * Reads a router's capture and sorts its packets into repetitions; `keyLog`: of the member-to-member channels, which are in
 * the clear without one. Throws DecodeError when it is no capture of ours.
 */
export function traceCapture(path: string, cell: CellRecord, keyLog?: TlsKeyLog): CaptureTrace {
  using reader = new PcapReader(path);
  const testbed = new Testbed(cell);
  const tracer = new CaptureTracer(testbed, keyLog);
  for (const packet of reader.packets()) tracer.packet(packet);
  const { truncated } = reader;
  return { testbed, repetitions: tracer.repetitions, truncated, sinceEpoch: (ns) => reader.sinceEpoch(ns) };
}

class CaptureTracer {
  readonly repetitions: RepetitionTrace[] = [];
  readonly #testbed: Testbed;
  readonly #channels: MemberChannels;
  readonly #signalling = new SignallingLog();
  /** the latest connection from each of the client's ports */
  readonly #byPort = new Map<number, RepetitionTrace>();

  constructor(testbed: Testbed, keyLog: TlsKeyLog | undefined) {
    this.#testbed = testbed;
    this.#channels = new MemberChannels(testbed, keyLog);
  }

  packet(captured: CapturedPacket): void {
    const passage = this.#testbed.passage(captured);
    if (passage === undefined) return;
    const packet = decodePacket(captured);
    const current = this.repetitions.at(-1);
    switch (packet.kind) {
      case 'foreign':
        return;
      case 'malformed':
        current?.malformed.push(`packet ${captured.number}: ${packet.reason}`);
        return;
      case 'ipv6':
        this.#ipv6(packet, captured, passage, current);
        return;
      default:
        packet satisfies never;
    }
  }

  #ipv6(
    packet: LogicalPacket,
    captured: CapturedPacket,
    passage: Passage,
    current: RepetitionTrace | undefined,
  ): void {
    const { upper } = packet;
    if (upper.kind === 'tcp') {
      if (this.#isService(packet, upper)) this.#service(packet, upper, passage);
      else this.#channel(packet, passage, current);
    } else if (upper.kind === 'mobility') {
      const message = this.#signalling.packet(packet, upper.message, captured, passage);
      if (message !== undefined) current?.signalling.push(message);
    }
  }

  #isService({ source, destination }: LogicalPacket, { sourcePort, destinationPort }: TcpSegment): boolean {
    const { client, contactAddress, servicePort } = this.#testbed;
    return (
      (source === client && destination === contactAddress && destinationPort === servicePort) ||
      (destination === client && source === contactAddress && sourcePort === servicePort)
    );
  }

  #service(packet: LogicalPacket, tcp: TcpSegment, passage: Passage): void {
    const fromClient = packet.source === this.#testbed.client;
    const port = fromClient ? tcp.sourcePort : tcp.destinationPort;
    if (fromClient && passage.neighbour === this.#testbed.clientNeighbour && isOpening(tcp))
      this.#open(port, tcp, passage);
    // A segment of a connection that began before the capture did belongs to no repetition.
    this.#byPort.get(port)?.connection.segment(packet, tcp, passage);
  }

  #open(port: number, syn: TcpSegment, passage: Passage): void {
    if (this.#byPort.get(port)?.connection.initialSequence === syn.sequence) return;
    const connection = new ClientConnection(syn, passage, this.#testbed);
    const trace: RepetitionTrace = { connection, signalling: [], frames: [], malformed: [] };
    this.repetitions.push(trace);
    this.#byPort.set(port, trace);
  }

  #channel(packet: LogicalPacket, passage: Passage, current: RepetitionTrace | undefined): void {
    const unreadableBefore = this.#channels.unreadable;
    const frames = this.#channels.packet(packet, passage);
    if (current === undefined) return;
    current.frames.push(...frames);
    if (frames.some((frame) => frame.kind === 'init')) {
      current.lastFromClientBeforeInit ??= current.connection.lastFromClient;
    }
    if (this.#channels.unreadable > unreadableBefore) {
      current.malformed.push(`packet ${passage.packet}: unreadable frame on the member-to-member channel`);
    }
  }
}

function isOpening({ flags }: TcpSegment): boolean {
  return (flags & TCP_FLAG.syn) !== 0 && (flags & TCP_FLAG.ack) === 0;
}
