import path from 'node:path';
import { z } from 'zod';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';
import type { CellRecord } from '../cell.ts';
import { readVerdicts, type Verdict } from '../events/client-verdicts.ts';
import { lineOf, readEventLines } from '../events/event-lines.ts';
import { faultIn, malformed } from '../events/faults.ts';
import { firstStopOf } from '../events/first-stop.ts';
import { type Passage, Testbed } from '../events/testbed.ts';
import { RangeConnection } from './range-connection.ts';

/** The members that serve a contact address, by care-of address. */
export interface Service {
  readonly contactAddress: Ipv6Address;
  readonly contactNode: Ipv6Address;
  /** undefined where nobody is handed off */
  readonly acceptor: Ipv6Address | undefined;
}

/** One repetition: a document fetched in ranges, as capture and client tell it. */
export interface Download {
  readonly connections: readonly RangeConnection[];
  readonly verdict: Verdict | undefined;
  /** what may not happen while it runs, in words */
  readonly faults: readonly string[];
}

interface Downloads {
  readonly services: readonly Service[];
  /** 0 … repetitions − 1 */
  readonly downloads: readonly Download[];
  /** the capture file ends in the middle of a packet */
  readonly truncated: boolean;
}

const startLine = z.object({ t: z.string().regex(/^\d+$/).transform(BigInt), repetition: z.int() });

/** Reads a cell's `router.pcap` and `events.jsonl`. Throws DecodeError when one of them is not what it should be. */
export async function readDownloads(folder: string, cell: CellRecord): Promise<Downloads> {
  const events = path.join(folder, 'events.jsonl');
  const verdicts = await readVerdicts(events);
  const starts = await readEventLines(events, lineOf('client', 'repetition-started'), startLine);
  const services = servicesOf(cell);
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const log = new DownloadLog(cell, services, await firstStopOf(folder, reader));
  for (const packet of reader.packets()) log.packet(packet);
  const sorted = starts.map(({ t, repetition }) => ({ repetition, ns: reader.sinceEpoch(t) }));
  /** The one that was the latest to start; what goes wrong before all counts against the first. */
  const repetitionAt = (ns: number): number | undefined =>
    (sorted.findLast((start) => start.ns <= ns) ?? sorted[0])?.repetition;
  const downloads = Array.from({ length: cell.repetitions }, (_, repetition): Download => {
    const faults = log.faults.filter(({ timeNs }) => repetitionAt(timeNs) === repetition);
    return {
      connections: log.connections.filter(({ openedNs }) => repetitionAt(openedNs) === repetition),
      verdict: verdicts.find((verdict) => verdict.repetition === repetition),
      faults: faults.map(({ reason }) => reason),
    };
  });
  return { services, downloads, truncated: reader.truncated };
}

/** The roles as runner/procedures/parallel.ts names them: `contact1`, `contactNode1` and, with handoffs, `acceptor1`. */
function servicesOf({ addresses }: CellRecord): readonly Service[] {
  const count = Object.keys(addresses).filter((name) => /^contact\d+$/.test(name)).length;
  return Array.from({ length: count }, (_, index) => {
    const acceptor = addresses[`acceptor${index + 1}`];
    return {
      contactAddress: required(addresses, `contact${index + 1}`),
      contactNode: required(addresses, `contactNode${index + 1}`),
      acceptor: acceptor === undefined ? undefined : ipv6(acceptor),
    };
  });
}

function required(addresses: CellRecord['addresses'], name: string): Ipv6Address {
  const text = addresses[name];
  if (text === undefined) throw new DecodeError('illegal-value', `cell.json addresses.${name}`, 'missing');
  return ipv6(text);
}

class DownloadLog {
  readonly connections: RangeConnection[] = [];
  readonly faults: { readonly timeNs: number; readonly reason: string }[] = [];
  readonly #endNs: number;
  readonly #testbed: Testbed;
  readonly #contactAddresses: ReadonlySet<Ipv6Address>;
  /** the latest connection between each of the client's ports and a contact address */
  readonly #latest = new Map<string, RangeConnection>();

  /** `endNs`: when the first of the nodes ended, on the capture's clock */
  constructor(cell: CellRecord, services: readonly Service[], endNs: number) {
    this.#endNs = endNs;
    const [first] = services;
    const addresses = { ...cell.addresses, ...(first && { contactAddress: first.contactAddress }) };
    this.#testbed = new Testbed({ ...cell, addresses });
    this.#contactAddresses = new Set(services.map(({ contactAddress }) => contactAddress));
  }

  packet(captured: CapturedPacket): void {
    const passage = this.#testbed.passage(captured);
    if (passage === undefined) return;
    const packet = decodePacket(captured);
    if (packet.kind === 'malformed') this.#fault(passage, malformed(packet.reason, captured.number));
    if (packet.kind !== 'ipv6') return;
    const { upper } = packet;
    const fault = faultIn(packet, captured, this.#endNs);
    if (fault !== undefined) this.#fault(passage, fault);
    if (upper.kind === 'tcp') this.#segment(packet, upper, passage);
  }

  #segment(packet: LogicalPacket, tcp: TcpSegment, passage: Passage): void {
    const { client, servicePort } = this.#testbed;
    const fromClient = packet.source === client;
    const [server, clientPort, serverPort] = fromClient
      ? [packet.destination, tcp.sourcePort, tcp.destinationPort]
      : [packet.source, tcp.destinationPort, tcp.sourcePort];
    if (serverPort !== servicePort || !this.#contactAddresses.has(server)) return;
    if (!fromClient && packet.destination !== client) return;
    const key = `${server} ${clientPort}`;
    const opens = fromClient && (tcp.flags & TCP_FLAG.syn) !== 0;
    const known = this.#latest.get(key);
    if (opens && passage.direction === 'in' && known?.initialSequence !== tcp.sequence) {
      const opened = new RangeConnection(packet, tcp, passage);
      this.#latest.set(key, opened);
      this.connections.push(opened);
    }
    this.#latest.get(key)?.segment(packet, tcp, passage);
  }

  #fault({ timeNs }: Passage, reason: string): void {
    this.faults.push({ timeNs, reason });
  }
}
