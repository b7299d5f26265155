import path from 'node:path';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import type { CellRecord } from '../cell.ts';
import { ClientConnection } from '../events/client-connection.ts';
import { type Passage, Testbed } from '../events/testbed.ts';
import { firstBulkPort, labelOf } from './datagrams.ts';
import { Flow } from './flow.ts';

/** All that the capture tells of one repetition of the calibration. */
export interface RepetitionTraffic {
  /** by name: `client-node1`, `node1-client`, … */
  readonly probes: ReadonlyMap<string, Flow>;
  readonly floods: ReadonlyMap<string, Flow>;
  /** the bulk transfer */
  readonly bulk: ClientConnection | undefined;
}

interface CalibrationTraffic {
  readonly repetitions: readonly RepetitionTraffic[];
  /** the capture file ends in the middle of a packet */
  readonly truncated: boolean;
  /** packets that contradict themselves, in words */
  readonly malformed: readonly string[];
}

/** The stations between which datagrams go. */
const stations = ['client', 'node1', 'node2'] as const;
const frameHeaderOctets = 14;

/** Sorts the packets of `router.pcap`. Throws DecodeError when it is no capture of ours. */
export function readTraffic(folder: string, cell: CellRecord): CalibrationTraffic {
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const sorter = new Sorter(cell);
  for (const packet of reader.packets()) sorter.packet(packet);
  return { repetitions: sorter.repetitions, truncated: reader.truncated, malformed: sorter.malformed };
}

interface Collected {
  readonly probes: Map<string, Flow>;
  readonly floods: Map<string, Flow>;
  bulk: ClientConnection | undefined;
}

class Sorter {
  readonly repetitions: readonly Collected[];
  readonly malformed: string[] = [];
  readonly #testbed: Testbed;
  readonly #names: ReadonlyMap<Ipv6Address, string>;

  constructor(cell: CellRecord) {
    this.#testbed = new Testbed(cell);
    this.#names = new Map(
      stations.flatMap((name) => {
        const address = cell.addresses[name];
        return address === undefined ? [] : [[ipv6(address), name] as const];
      }),
    );
    this.repetitions = Array.from({ length: cell.repetitions }, () => ({
      probes: new Map(),
      floods: new Map(),
      bulk: undefined,
    }));
  }

  packet(captured: CapturedPacket): void {
    const passage = this.#testbed.passage(captured);
    if (passage === undefined) return;
    const packet = decodePacket(captured);
    if (packet.kind === 'malformed') this.malformed.push(`packet ${captured.number}: ${packet.reason}`);
    if (packet.kind !== 'ipv6') return;
    if (packet.upper.kind === 'udp') this.#datagram(captured, packet, passage);
    else if (packet.upper.kind === 'tcp') this.#segment(packet, packet.upper, passage);
  }

  #datagram(captured: CapturedPacket, packet: LogicalPacket, passage: Passage): void {
    const label = labelOf(captured, packet, this.#testbed.servicePort);
    const from = this.#names.get(packet.source);
    const to = this.#names.get(packet.destination);
    if (label === undefined || from === undefined || to === undefined) return;
    const repetition = this.repetitions[label.repetition];
    if (repetition === undefined) return;
    const flow = flowOf(label.purpose === 'probe' ? repetition.probes : repetition.floods, `${from}-${to}`);
    if (passage.direction === 'out') flow.leave(label.sequence, passage.timeNs);
    else flow.arrive(label.sequence, passage.timeNs, captured.originalLength + frameHeaderOctets);
  }

  #segment(packet: LogicalPacket, tcp: LogicalPacket['upper'] & { kind: 'tcp' }, passage: Passage): void {
    const fromClient = packet.source === this.#testbed.client;
    const [clientPort, serverPort] = fromClient
      ? [tcp.sourcePort, tcp.destinationPort]
      : [tcp.destinationPort, tcp.sourcePort];
    if (serverPort !== this.#testbed.servicePort) return;
    const repetition = this.repetitions[clientPort - firstBulkPort];
    if (repetition === undefined) return;
    const opens = fromClient && passage.direction === 'in' && (tcp.flags & TCP_FLAG.syn) !== 0;
    if (opens) repetition.bulk ??= new ClientConnection(tcp, passage, this.#testbed);
    repetition.bulk?.segment(packet, tcp, passage);
  }
}

function flowOf(flows: Map<string, Flow>, name: string): Flow {
  const known = flows.get(name);
  if (known !== undefined) return known;
  const fresh = new Flow();
  flows.set(name, fresh);
  return fresh;
}
