import path from 'node:path';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import type { Upper } from '../capture/upper-layer.ts';
import type { CellRecord } from '../cell.ts';
import { malformed } from '../events/faults.ts';
import { Observation } from './observation.ts';
import { ProtectedMessages } from './protected-messages.ts';
import { type Roles, rolesOf } from './roles.ts';
import type { Disturbance } from './told.ts';

export interface Traffic {
  /** by repetition */
  readonly observations: ReadonlyMap<number, Observation>;
  /** the capture file ends in the middle of a packet */
  readonly truncated: boolean;
}

/** A repetition is looked at from so long before its contact node's end. */
export const beforeMs = 1000;

/** Reads `router.pcap` of a cell's folder. Throws DecodeError for a folder that is no such cell. */
export function readTraffic(
  folder: string,
  cell: CellRecord,
  disturbances: ReadonlyMap<number, Disturbance>,
): Traffic {
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const windows = [...disturbances].map(([repetition, { endNs, observedNs }]) => ({
    repetition,
    endNs: reader.sinceEpoch(endNs),
    untilNs: reader.sinceEpoch(observedNs),
    observation: new Observation(),
  }));
  const observer = new Observer(cell, new ProtectedMessages(folder), windows);
  for (const packet of reader.packets()) observer.packet(packet);
  const observations = new Map(windows.map(({ repetition, observation }) => [repetition, observation]));
  return { observations, truncated: reader.truncated };
}

interface Window {
  readonly endNs: number;
  readonly untilNs: number;
  readonly observation: Observation;
}
type Esp = Extract<Upper, { kind: 'esp' }>;
type Tcp = Extract<Upper, { kind: 'tcp' }>;

class Observer {
  readonly #roles: Roles;
  readonly #cell: CellRecord;
  readonly #messages: ProtectedMessages;
  readonly #windows: readonly Window[];
  /** the highest ESP number seen, by association, and the last Binding Update's */
  readonly #highest = new Map<number, number>();
  #lastUpdate: number | undefined;

  constructor(cell: CellRecord, messages: ProtectedMessages, windows: readonly Window[]) {
    this.#roles = rolesOf(cell);
    this.#cell = cell;
    this.#messages = messages;
    this.#windows = windows;
  }

  packet(captured: CapturedPacket): void {
    if (captured.direction === 'unknown') return;
    const packet = decodePacket(captured);
    const window = this.#windows.find(
      ({ endNs, untilNs }) => captured.timeNs >= endNs - beforeMs * 1e6 && captured.timeNs <= untilNs,
    );
    // Numbers go on between the repetitions: what goes wrong there counts against the next one.
    const blamed = window ?? this.#windows.find(({ endNs }) => captured.timeNs < endNs);
    if (packet.kind === 'malformed')
      blamed?.observation.faults.push(malformed(packet.reason, captured.number));
    if (packet.kind !== 'ipv6') return;
    const { upper } = packet;
    if (upper.kind === 'esp') this.#esp(captured, packet, upper, blamed, window);
    if (window === undefined) return;
    const at = { ms: (captured.timeNs - window.endNs) / 1e6, in: captured.direction === 'in' };
    if (upper.kind === 'tcp') this.#tcp(packet, upper, at, window.observation);
    if (upper.kind === 'udp') this.#datagram(captured, packet, upper.payloadLength, at, window.observation);
    if (upper.kind === 'mobility' && upper.message.kind === 'binding-error')
      window.observation.faults.push(`Binding Error in packet ${captured.number}`);
  }

  /** Numbers are compared in the order in which the home agent takes and sends the packets. */
  #esp(
    { direction, timeNs, number }: CapturedPacket,
    { outer }: LogicalPacket,
    { spi, sequence, octets }: Esp,
    blamed: Window | undefined,
    window: Window | undefined,
  ): void {
    const { homeAgent1 } = this.#roles;
    const toHomeAgent = outer.destination === homeAgent1;
    const atHomeAgent = direction === (toHomeAgent ? 'out' : 'in');
    const reversed = atHomeAgent && sequence <= (this.#highest.get(spi) ?? -1);
    if (reversed && blamed !== undefined) blamed.observation.espReversals++;
    if (atHomeAgent) this.#highest.set(spi, Math.max(sequence, this.#highest.get(spi) ?? -1));
    const message = this.#open(spi, octets, number, blamed);
    if (message?.kind !== 'binding-update' && message?.kind !== 'binding-acknowledgement') return;
    const isUpdate = message.kind === 'binding-update';
    if (isUpdate && atHomeAgent) this.#update(message.sequence, blamed);
    if (window === undefined) return;
    window.observation[isUpdate ? 'updates' : 'acknowledgements'].push({
      ms: (timeNs - window.endNs) / 1e6,
      direction: direction === 'in' ? 'in' : 'out',
      member: isUpdate ? outer.source : outer.destination,
      sequence: message.sequence,
      status: isUpdate ? 0 : message.status,
    });
  }

  #open(spi: number, octets: Uint8Array, number: number, blamed: Window | undefined) {
    try {
      return this.#messages.open(spi, octets);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      blamed?.observation.faults.push(`ESP packet ${number}: ${error.message}`);
      return undefined;
    }
  }

  /** RFC 6275 §9.5.1: compared modulo 2¹⁶. */
  #update(sequence: number, blamed: Window | undefined): void {
    const ahead = (sequence - (this.#lastUpdate ?? sequence - 1)) & 0xffff;
    if ((ahead === 0 || ahead >= 0x8000) && blamed !== undefined) blamed.observation.updateReversals++;
    else this.#lastUpdate = sequence;
  }

  #tcp(packet: LogicalPacket, upper: Tcp, at: At, seen: Observation): void {
    const { contactAddress, contactNode, successor, otherMember, optimizedClient, heldClient } = this.#roles;
    const { source, destination, network, tunnels } = packet;
    const octets = upper.payloadLength > 0;
    const reset = (upper.flags & TCP_FLAG.rst) !== 0;
    if (reset && at.in && source === contactAddress && destination !== heldClient) seen.resets++;
    if (network.source === otherMember && network.destination === optimizedClient && octets && at.in)
      seen.optimized.push(at.ms);
    const { channelPort } = this.#cell;
    const onChannel = upper.sourcePort === channelPort || upper.destinationPort === channelPort;
    const isSign = octets || (upper.flags & TCP_FLAG.fin) !== 0;
    if (!onChannel || !isSign || tunnels.length > 0) return;
    if (network.source !== contactNode || network.destination !== successor) return;
    (at.in ? seen.signsSent : seen.signsHeard).push(at.ms);
  }

  #datagram(
    captured: CapturedPacket,
    packet: LogicalPacket,
    payloadLength: number,
    at: At,
    seen: Observation,
  ): void {
    const { contactAddress, datagramClient, homeAgent1, contactNode, successor } = this.#roles;
    const { source, destination, tunnels } = packet;
    const number = numberIn(captured, payloadLength);
    const isRequest = source === datagramClient && destination === contactAddress;
    const isAnswer = source === contactAddress && destination === datagramClient;
    if (number === undefined || (!isRequest && !isAnswer)) return;
    const [tunnel] = tunnels;
    if (tunnel === undefined) {
      if (isRequest && at.in) seen.requests.set(number, at.ms);
      if (isAnswer && !at.in) seen.answered.add(number);
    } else if (isRequest && tunnel.source === homeAgent1) {
      if (at.in) seen.relayedTo.push(tunnel.destination);
      else if (tunnel.destination === successor) seen.servedBySuccessor.push(at.ms);
    } else if (isAnswer && at.in && tunnel.source === contactNode) seen.answersOfContactNode.push(at.ms);
  }
}

interface At {
  readonly ms: number;
  /** it came to the router; otherwise it left, behind the path's latency */
  readonly in: boolean;
}

/** The datagram's number, the first four octets of its payload, which is the last thing in its packet. */
function numberIn({ bytes, originalLength }: CapturedPacket, payloadLength: number): number | undefined {
  const at = originalLength - payloadLength;
  if (payloadLength < 4 || at + 4 > bytes.length) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
