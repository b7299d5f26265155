import path from 'node:path';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import type { CellRecord } from '../cell.ts';
import { faultIn, malformed } from '../events/faults.ts';
import { firstStopOf } from '../events/first-stop.ts';
import { hopOf } from '../events/hop.ts';
import { type Passage, Testbed } from '../events/testbed.ts';

/** A request or an answer, passing the router once. */
export interface EchoPassage {
  readonly passage: Passage;
  /** where it came from or went to, and how: see path.ts */
  readonly hop: string;
  /** octets on the wire */
  readonly payloadOctets: number;
  /** what was captured of them */
  readonly payload: Uint8Array;
}

/** All that the capture tells of one repetition. */
export interface Echo {
  readonly passages: EchoPassage[];
  /** what may not happen while it runs, in words */
  readonly faults: string[];
}

interface EchoTraffic {
  /** 0 … repetitions − 1 */
  readonly echoes: readonly Echo[];
  /** the capture file ends in the middle of a packet */
  readonly truncated: boolean;
}

/** The number of the datagram before all repetitions, on which nothing is measured. */
const opening = 0xffffffff;

/** Reads a cell's `router.pcap` and sorts its datagrams by the number in their payload. Throws DecodeError. */
export async function readEchoes(folder: string, cell: CellRecord): Promise<EchoTraffic> {
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const log = new EchoLog(cell, await firstStopOf(folder, reader));
  for (const packet of reader.packets()) log.packet(packet);
  return { echoes: log.echoes, truncated: reader.truncated };
}

class EchoLog {
  readonly echoes: readonly Echo[];
  readonly #endNs: number;
  readonly #testbed: Testbed;
  /** the repetition whose datagram was the latest; what goes wrong before any counts against the first */
  #current = 0;

  /** `endNs`: when the first of the nodes ended, on the capture's clock */
  constructor(cell: CellRecord, endNs: number) {
    this.#endNs = endNs;
    this.#testbed = new Testbed(cell);
    this.echoes = Array.from({ length: cell.repetitions }, () => ({ passages: [], faults: [] }));
  }

  packet(captured: CapturedPacket): void {
    const passage = this.#testbed.passage(captured);
    if (passage === undefined) return;
    const packet = decodePacket(captured);
    if (packet.kind === 'malformed') this.#fault(malformed(packet.reason, captured.number));
    if (packet.kind !== 'ipv6') return;
    const { upper } = packet;
    const fault = faultIn(packet, captured, this.#endNs);
    if (fault !== undefined) this.#fault(fault);
    else if (upper.kind === 'udp' && this.#isEcho(packet))
      this.#echo(captured, packet, upper.payloadLength, passage);
  }

  #isEcho({ upper, source, destination }: LogicalPacket): boolean {
    const { client, contactAddress, servicePort } = this.#testbed;
    if (upper.kind !== 'udp') return false;
    return (
      (source === client && destination === contactAddress && upper.destinationPort === servicePort) ||
      (source === contactAddress && destination === client && upper.sourcePort === servicePort)
    );
  }

  #echo(captured: CapturedPacket, packet: LogicalPacket, payloadOctets: number, passage: Passage): void {
    // A datagram is the last thing in its packet; the reader's octets are gone with the next one.
    const payload = captured.bytes.slice(captured.originalLength - payloadOctets);
    const number = payload.length < 4 ? undefined : new DataView(payload.buffer).getUint32(0);
    if (number === opening) return;
    const echo = number === undefined ? undefined : this.echoes[number];
    if (number === undefined || echo === undefined) {
      this.#fault(`packet ${captured.number} is an echo of no repetition`);
      return;
    }
    this.#current = number;
    const hop = hopOf(packet, passage, this.#testbed);
    echo.passages.push({ passage, hop, payloadOctets, payload });
  }

  #fault(reason: string): void {
    this.echoes[this.#current]?.faults.push(reason);
  }
}
