import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import { describePacket } from './describe-packet.ts';
import { namesBeside, withNames } from './names.ts';
import { firstDifferentOctet } from './octets.ts';

/**
 * The first packet in which two captures differ, as lines for people: number, time, content and first different octet in
 * each; undefined when the files are equal, octet for octet. Throws DecodeError for a file that is no capture.
 */
export function diffCaptures(a: string, b: string): readonly string[] | undefined {
  const octet = firstDifferentOctet(a, b);
  if (octet === undefined) return undefined;
  using left = new PcapReader(a);
  using right = new PcapReader(b);
  const [lefts, rights] = [left.packets(), right.packets()];
  let firsts: Firsts | undefined;
  for (;;) {
    const [one, other] = [lefts.next(), rights.next()];
    firsts ??= { a: one.value ?? undefined, b: other.value ?? undefined };
    if (one.done && other.done)
      return [`${a} and ${b} differ from octet ${octet} on, in no packet's content`];
    const difference = compare(
      {
        file: a,
        epoch: left.epochSeconds,
        packet: one.value ?? undefined,
        first: firsts.a,
      },
      {
        file: b,
        epoch: right.epochSeconds,
        packet: other.value ?? undefined,
        first: firsts.b,
      },
    );
    if (difference !== undefined) return difference;
  }
}

/** The first packet of each capture. */
interface Firsts {
  readonly a: CapturedPacket | undefined;
  readonly b: CapturedPacket | undefined;
}

interface Side {
  readonly file: string;
  readonly epoch: number;
  /** undefined: the capture has ended */
  readonly packet: CapturedPacket | undefined;
  /** of its capture */
  readonly first: CapturedPacket | undefined;
}

function compare(a: Side, b: Side): readonly string[] | undefined {
  if (a.packet !== undefined && b.packet !== undefined) {
    const what = whatDiffers(a.packet, b.packet, a.epoch - b.epoch);
    if (what === undefined) return undefined;
    return [`first different packet: number ${a.packet.number}, ${what}`, line(a), line(b)];
  }
  return ['one capture goes on where the other ends:', line(a), line(b)];
}

function line({ file, packet, first = packet }: Side): string {
  if (packet === undefined) return `  ${file}: no further packet`;
  const ns = packet.timeNs - (first?.timeNs ?? 0);
  const time = `${Math.floor(ns / 1e9)}.${String(ns % 1e9).padStart(9, '0')} s after the first`;
  const text = withNames(describePacket(packet), namesBeside(file));
  return `  ${file}: packet ${packet.number}, ${time}, ${text}`;
}

function whatDiffers(a: CapturedPacket, b: CapturedPacket, epochDifference: number): string | undefined {
  const octet = differentOctet(a.bytes, b.bytes);
  if (octet !== undefined) {
    const hex = (bytes: Uint8Array) => bytes[octet]?.toString(16).padStart(2, '0') ?? 'none';
    return `octet ${octet} behind the link header is ${hex(a.bytes)} in one, ${hex(b.bytes)} in the other`;
  }
  const nanoseconds = b.timeNs - a.timeNs - epochDifference * 1e9;
  if (nanoseconds !== 0) return `the other is ${nanoseconds} ns later`;
  if (a.originalLength !== b.originalLength) return `its length on the wire`;
  if (a.interfaceIndex !== b.interfaceIndex || a.direction !== b.direction) return `where it was seen`;
  return a.protocol === b.protocol ? undefined : `its EtherType`;
}

function differentOctet(a: Uint8Array, b: Uint8Array): number | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  const length = Math.min(a.length, b.length);
  for (let octet = 0; octet < length; octet++) if (a[octet] !== b[octet]) return octet;
  return length;
}
