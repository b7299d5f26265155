import path from 'node:path';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { PacketDecoder } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import { type TcpSegment, tcpFlags } from '../capture/upper-layer.ts';
import type { CellRecord } from '../cell.ts';
import type { Crash } from './told.ts';

/** What the router saw of one client's connection to the contact address; times in ns of the capture. */
export interface Connection {
  readonly firstSynNs: number;
  /** sequence number of the first octet that the server sends */
  start: number | undefined;
  /** of the server's octets, those that have come to the router; FIN does not count */
  octets: number;
  /** the last octet that was new left towards the client */
  lastOctetNs: number;
  /** by crash: octets at that instant, where the server had answered the SYN by then */
  readonly atCrash: Map<Crash, number>;
}

export interface Connections {
  /** by client's address and port */
  readonly byEnds: ReadonlyMap<string, Connection>;
  /** what may not happen, in words */
  readonly faults: readonly string[];
}

export function endsOf(client: Ipv6Address, port: number): string {
  return `${client} ${port}`;
}

/** Reads `router.pcap` of a cell's folder. Throws DecodeError. */
export function readConnections(folder: string, cell: CellRecord, crashes: readonly Crash[]): Connections {
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const contactAddress = ipv6(cell.addresses.contactAddress ?? '::');
  const pending = crashes.map((crash) => ({ crash, ns: reader.sinceEpoch(crash.t) }));
  const decoder = new PacketDecoder();
  const byEnds = new Map<string, Connection>();
  const faults: string[] = [];
  for (const captured of reader.packets()) {
    while (pending[0] !== undefined && captured.timeNs >= pending[0].ns) {
      const { crash } = pending.shift()!;
      for (const connection of byEnds.values())
        if (connection.start !== undefined) connection.atCrash.set(crash, connection.octets);
    }
    const packet = decoder.decode(captured);
    if (packet.kind === 'malformed') faults.push(`malformed packet ${captured.number}: ${packet.reason}`);
    if (packet.kind !== 'ipv6' || packet.upper.kind !== 'tcp') continue;
    const { source, destination, upper } = packet;
    if (destination === contactAddress && upper.destinationPort === cell.servicePort)
      opened(byEnds, endsOf(source, upper.sourcePort), upper, captured);
    if (source !== contactAddress || upper.sourcePort !== cell.servicePort) continue;
    if ((upper.flags & tcpFlags.rst) !== 0) faults.push(`reset by a member in packet ${captured.number}`);
    const connection = byEnds.get(endsOf(destination, upper.destinationPort));
    if (connection !== undefined) served(connection, upper, captured);
  }
  if (reader.truncated) faults.push('the capture is cut off');
  return { byEnds, faults };
}

function opened(
  byEnds: Map<string, Connection>,
  ends: string,
  { flags }: TcpSegment,
  { timeNs }: CapturedPacket,
): void {
  if ((flags & tcpFlags.syn) === 0 || byEnds.has(ends)) return;
  byEnds.set(ends, {
    firstSynNs: timeNs,
    start: undefined,
    octets: 0,
    lastOctetNs: timeNs,
    atCrash: new Map(),
  });
}

function served(connection: Connection, segment: TcpSegment, { timeNs, direction }: CapturedPacket): void {
  const { flags, sequence, payloadLength } = segment;
  if ((flags & tcpFlags.syn) !== 0) {
    connection.start ??= (sequence + 1) >>> 0;
    return;
  }
  const { start } = connection;
  if (start === undefined) return;
  const octets = (sequence + payloadLength - start) >>> 0;
  // A document is far shorter than half of the sequence space: what lies beyond is below the start.
  if (payloadLength > 0 && octets < 0x80000000 && octets >= connection.octets) {
    connection.octets = octets;
    if (direction === 'out') connection.lastOctetNs = timeNs;
  }
}
