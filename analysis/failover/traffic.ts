import path from 'node:path';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket } from '../capture/decode.ts';
import { PcapReader } from '../capture/pcap-reader.ts';
import type { CellRecord } from '../cell.ts';

/** What the capture has of one connection; times in ns since 1970. */
export interface OfConnection {
  /** when data segments left the router towards the client, by the member that sent them, in order */
  readonly data: ReadonlyMap<string, readonly bigint[]>;
  /** resets of the service */
  readonly resets: number;
}

interface Growing {
  readonly data: Map<string, bigint[]>;
  resets: number;
}

/** By the client's port; and whether the capture is whole. Throws DecodeError. */
export function readTraffic(
  folder: string,
  { addresses }: CellRecord,
): { readonly connections: ReadonlyMap<number, OfConnection>; readonly truncated: boolean } {
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const nameOf = new Map(Object.entries(addresses).map(([name, address]) => [address, name]));
  const connections = new Map<number, Growing>();
  const epochNs = BigInt(reader.epochSeconds ?? 0) * 1_000_000_000n;
  for (const captured of reader.packets()) {
    if (captured.direction !== 'out') continue;
    const packet = decodePacket(captured);
    if (packet.kind !== 'ipv6' || packet.upper.kind !== 'tcp') continue;
    const { upper, network, source } = packet;
    if (source !== addresses.contactAddress || network.destination !== addresses.client) continue;
    const own = connections.get(upper.destinationPort) ?? { data: new Map(), resets: 0 };
    connections.set(upper.destinationPort, own);
    if ((upper.flags & TCP_FLAG.rst) !== 0) own.resets++;
    if (upper.payloadLength === 0) continue;
    const member = nameOf.get(network.source) ?? network.source;
    const at = epochNs + BigInt(Math.round(captured.timeNs));
    const times = own.data.get(member) ?? [];
    own.data.set(member, times);
    times.push(at);
  }
  return { connections, truncated: reader.truncated };
}
