import { writeFileSync } from 'node:fs';

/** When synthetic captures begin, nanoseconds since 1970. */
export const epochNs = 1_000_000_000n * 1_000_000_000n;

/** One sighting of a packet at the router. */
export interface CaptureRecord {
  readonly timeNs: bigint;
  readonly interfaceIndex: number;
  readonly direction: 'in' | 'out';
  readonly packet: Buffer;
}

const nanosecondMagic = 0xa1b23c4d;
const cooked2 = 276;
const cooked2Octets = 20;
const ipv6EtherType = 0x86dd;
/** octets kept of a packet, as the lab's tcpdump keeps them */
export const snapOctets = 256;

/** Writes a nanosecond pcap of link type LINUX_SLL2, in the order of time, packets cut to 256 octets. */
export function writeCapture(path: string, records: readonly CaptureRecord[]): void {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(nanosecondMagic, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapOctets + cooked2Octets, 16);
  header.writeUInt32LE(cooked2, 20);
  const ordered = records.toSorted((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
  writeFileSync(path, Buffer.concat([header, ...ordered.map(recordOctets)]));
}

function recordOctets({ timeNs, interfaceIndex, direction, packet }: CaptureRecord): Buffer {
  const captured = packet.subarray(0, snapOctets);
  const header = Buffer.alloc(16 + cooked2Octets);
  header.writeUInt32LE(Number(timeNs / 1_000_000_000n), 0);
  header.writeUInt32LE(Number(timeNs % 1_000_000_000n), 4);
  header.writeUInt32LE(captured.length + cooked2Octets, 8);
  header.writeUInt32LE(packet.length + cooked2Octets, 12);
  const link = header.subarray(16);
  link.writeUInt16BE(ipv6EtherType, 0);
  link.writeUInt32BE(interfaceIndex, 4);
  link.writeUInt16BE(1, 8);
  link[10] = direction === 'out' ? 4 : 0;
  link[11] = 6;
  return Buffer.concat([header, captured]);
}
