import path from 'node:path';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';
import type { CellRecord } from '../cell.ts';
import { malformed } from '../events/faults.ts';
import type { Crash, Told, Verdict } from './told.ts';

/** What the router saw of one client's connection to the contact address; times in ns of the capture. */
export interface Connection {
  readonly firstSynNs: number;
  readonly initialSequence: number;
  /** sequence number of the first octet that the server sends */
  start: number | undefined;
  /** of the server's octets, those that have come to the router; FIN does not count */
  octets: number;
  /** of these, those that the client has acknowledged: its segments as they came to the router */
  acknowledged: number;
  /** the last octet that was new left towards the client */
  lastOctetNs: number;
  /** by crash: octets at that instant, where the server had answered the SYN by then */
  readonly atCrash: Map<Crash, number>;
}

/** What may not happen. */
interface Fault {
  readonly repetition: number;
  readonly reason: string;
}

export interface Connections {
  /** the connection of a download; undefined where there was none */
  readonly of: (client: Ipv6Address, download: Verdict) => Connection | undefined;
  /** each is of the repetition that began last by then, and of its client where the event names one */
  readonly faults: readonly Fault[];
}

/** Reads `router.pcap` of a cell's folder. Throws DecodeError. */
export function readConnections(folder: string, cell: CellRecord, { crashes, verdicts }: Told): Connections {
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const contactAddress = ipv6(cell.addresses.contactAddress ?? '::');
  const pending = crashes.map((crash) => ({ crash, ns: reader.sinceEpoch(crash.t) }));
  const byEnds = new Map<string, Connection[]>();
  const faults: Fault[] = [];
  const starts = verdicts
    .map(({ client, repetition, startedNs }) => ({ client, repetition, ns: reader.sinceEpoch(startedNs) }))
    .sort((a, b) => a.ns - b.ns);
  const fault = (reason: string, ns: number, client?: string): void => {
    const own = starts.filter((start) => client === undefined || start.client === client);
    const { repetition } = own.findLast((start) => start.ns <= ns) ?? own[0] ?? { repetition: 0 };
    faults.push({ repetition, reason });
  };
  const nameOf = new Map(Object.entries(cell.addresses).map(([name, text]) => [ipv6(text), name]));
  for (const captured of reader.packets()) {
    while (pending[0] !== undefined && captured.timeNs >= pending[0].ns) {
      const { crash } = pending.shift()!;
      for (const connection of [...byEnds.values()].flat())
        if (connection.start !== undefined) connection.atCrash.set(crash, connection.octets);
    }
    const packet = decodePacket(captured);
    if (packet.kind === 'malformed') fault(malformed(packet.reason, captured.number), captured.timeNs);
    if (packet.kind !== 'ipv6' || packet.upper.kind !== 'tcp') continue;
    const { source, destination, upper } = packet;
    if (destination === contactAddress && upper.destinationPort === cell.servicePort)
      fromClient(byEnds, endsOf(source, upper.sourcePort), upper, captured);
    if (source !== contactAddress || upper.sourcePort !== cell.servicePort) continue;
    if ((upper.flags & TCP_FLAG.rst) !== 0)
      fault(`reset by a member in packet ${captured.number}`, captured.timeNs, nameOf.get(destination));
    const connection = byEnds.get(endsOf(destination, upper.destinationPort))?.at(-1);
    if (connection !== undefined) served(connection, upper, captured);
  }
  if (reader.truncated) faults.push({ repetition: cell.repetitions - 1, reason: 'the capture is cut off' });
  const of = (client: Ipv6Address, { port, startedNs, endedNs }: Verdict): Connection | undefined =>
    byEnds
      .get(endsOf(client, port ?? 0))
      ?.find(
        ({ firstSynNs }) =>
          firstSynNs >= reader.sinceEpoch(startedNs) && firstSynNs <= reader.sinceEpoch(endedNs),
      );
  return { of, faults };
}

function endsOf(client: Ipv6Address, port: number): string {
  return `${client} ${port}`;
}

/** A port may serve again, with another initial sequence number. */
function fromClient(
  byEnds: Map<string, Connection[]>,
  ends: string,
  { flags, sequence, acknowledgement }: TcpSegment,
  { timeNs, direction }: CapturedPacket,
): void {
  const known = byEnds.get(ends) ?? [];
  const latest = known.at(-1);
  if ((flags & TCP_FLAG.syn) !== 0) {
    if (latest?.initialSequence === sequence) return;
    const times = { firstSynNs: timeNs, lastOctetNs: timeNs };
    const none = { start: undefined, octets: 0, acknowledged: 0, atCrash: new Map<Crash, number>() };
    byEnds.set(ends, [...known, { ...times, ...none, initialSequence: sequence }]);
  } else if (latest?.start !== undefined && direction === 'in') {
    const octets = (acknowledgement - latest.start) >>> 0;
    // The FIN counts as one more.
    if (octets < 0x80000000)
      latest.acknowledged = Math.max(latest.acknowledged, Math.min(octets, latest.octets));
  }
}

function served(connection: Connection, segment: TcpSegment, { timeNs, direction }: CapturedPacket): void {
  const { flags, sequence, payloadLength } = segment;
  if ((flags & TCP_FLAG.syn) !== 0) {
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
