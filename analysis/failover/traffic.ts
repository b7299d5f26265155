import path from 'node:path';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { PcapReader } from '../capture/pcap-reader.ts';
import type { CellRecord } from '../cell.ts';

/** What the capture has of one connection; times in ns since 1970. */
export interface OfConnection {
  /** when data segments left the router towards the client, by the member that sent them, in order */
  readonly data: ReadonlyMap<string, readonly bigint[]>;
  /** when segments that acknowledge more than any before left it, by the member that sent them, in order */
  readonly acknowledged: ReadonlyMap<string, readonly bigint[]>;
  /** resets of the service */
  readonly resets: number;
}

/** A packet of the members' channel, or with a Mobility Header, as it left the router. */
export interface Signal {
  /** ns since 1970 */
  readonly at: bigint;
  readonly of: 'channel' | 'mobility';
  /** as on the wire, without the link header */
  readonly octets: number;
}

/** All that a capture has. */
export interface Traffic {
  /** by the client's port */
  readonly connections: ReadonlyMap<number, OfConnection>;
  /** in order */
  readonly signals: readonly Signal[];
  /** the capture is not whole */
  readonly truncated: boolean;
}

interface Progress {
  /** the highest acknowledgement number so far */
  highest: number | undefined;
}

interface Growing extends Progress {
  readonly data: Map<string, bigint[]>;
  readonly acknowledged: Map<string, bigint[]>;
  resets: number;
}

/** Throws DecodeError. */
export function readTraffic(folder: string, { addresses, channelPort }: CellRecord): Traffic {
  using reader = new PcapReader(path.join(folder, 'router.pcap'));
  const nameOf = new Map(Object.entries(addresses).map(([name, address]) => [address, name]));
  const connections = new Map<number, Growing>();
  const signals: Signal[] = [];
  const epochNs = BigInt(reader.epochSeconds) * 1_000_000_000n;
  for (const captured of reader.packets()) {
    if (captured.direction !== 'out') continue;
    const packet = decodePacket(captured);
    if (packet.kind !== 'ipv6') continue;
    const { upper, network, source } = packet;
    const at = (): bigint => epochNs + BigInt(Math.round(captured.timeNs));
    const of = signalOf(upper, channelPort);
    if (of !== undefined) signals.push({ at: at(), of, octets: captured.originalLength });
    if (upper.kind !== 'tcp') continue;
    if (source !== addresses.contactAddress || network.destination !== addresses.client) continue;
    const own = connections.get(upper.destinationPort) ?? newConnection();
    connections.set(upper.destinationPort, own);
    if ((upper.flags & TCP_FLAG.rst) !== 0) own.resets++;
    const member = nameOf.get(network.source) ?? network.source;
    if (isProgress(own, upper)) push(own.acknowledged, member, at());
    if (upper.payloadLength > 0) push(own.data, member, at());
  }
  return { connections, signals, truncated: reader.truncated };
}

function newConnection(): Growing {
  return { data: new Map(), acknowledged: new Map(), highest: undefined, resets: 0 };
}

function push(times: Map<string, bigint[]>, member: string, at: bigint): void {
  const own = times.get(member) ?? [];
  times.set(member, own);
  own.push(at);
}

/** It acknowledges octets that none before has; the first of a connection is its own beginning, also on a port that has come again. */
export function isProgress(
  connection: Progress,
  { flags, acknowledgement }: { readonly flags: number; readonly acknowledgement: number },
): boolean {
  const { highest } = connection;
  const begins = highest === undefined || (flags & TCP_FLAG.syn) !== 0;
  if (!begins && ((acknowledgement - highest) | 0) <= 0) return false;
  connection.highest = acknowledgement;
  return !begins;
}

function signalOf(upper: LogicalPacket['upper'], channelPort: number): Signal['of'] | undefined {
  if (upper.kind === 'mobility') return 'mobility';
  if (upper.kind !== 'tcp') return undefined;
  return upper.sourcePort === channelPort || upper.destinationPort === channelPort ? 'channel' : undefined;
}
