import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { FileOctets } from './file-octets.ts';
import { isKnownLinkType, type LinkFrame, readLinkFrame } from './link-types.ts';

/** One captured packet, from its network layer header on. */
export interface CapturedPacket extends LinkFrame {
  /** counted from 1, as tshark's `frame.number` */
  readonly number: number;
  /** nanoseconds since `PcapReader.epochSeconds`: exact as a number for more than a hundred days */
  readonly timeNs: number;
  /** octets on the wire without the link header; more than `bytes.length` where the snap length cut the packet */
  readonly originalLength: number;
  /** a view into the reader's buffer: copy it to keep it for long */
  readonly bytes: Uint8Array;
}

/*
 * pcap, all fields 32 bits unless said otherwise, in the byte order that the magic number tells:
 * file header: magic, version (2 × 16 bits), time zone, accuracy, snap length, link type (lower 28 bits);
 * before each packet: seconds, fraction (µs or ns, by the magic number), captured octets, octets on the wire.
 */
const fileHeader = { magic: 0, majorVersion: 4, linkType: 20, octets: 24 } as const;
const recordHeader = { seconds: 0, fraction: 4, captured: 8, original: 12, octets: 16 } as const;
const magics = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const;
const linkTypeMask = 0x0fffffff;
/** tcpdump's own bound; a larger length means that the file is broken */
const maximumCaptured = 262_144;

/**
 * Reads a classic pcap file (µs or ns, either byte order), one packet after the other, in bounded memory.
 *
 * A file that ends inside a record gives the packets before it and then sets `truncated`. Throws DecodeError for a file
 * that is no pcap, has a link type we do not know, or a record of impossible length. Source: the pcap file format,
 * https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap.
 */
export class PcapReader implements Disposable {
  readonly linkType: number;
  readonly #file: FileOctets;
  readonly #littleEndian: boolean;
  readonly #nsPerFraction: number;
  #epochSeconds: number | undefined;
  #truncated = false;

  constructor(path: string) {
    this.#file = new FileOctets(path);
    try {
      const { littleEndian, nsPerFraction, linkType } = readFileHeader(this.#file);
      this.#littleEndian = littleEndian;
      this.#nsPerFraction = nsPerFraction;
      this.linkType = linkType;
      if (this.#file.require(recordHeader.octets))
        this.#epochSeconds = this.#file.u32(recordHeader.seconds, littleEndian);
    } catch (error) {
      this.#file[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** Whole seconds since 1970 of the first packet; 0 in an empty file. */
  get epochSeconds(): number {
    return this.#epochSeconds ?? 0;
  }

  /** Whether the file ended in the middle of a record; known when `packets` has run out. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** Nanoseconds since `epochSeconds` of an instant in nanoseconds since 1970, e.g. an event's `t`. */
  sinceEpoch(ns: bigint): number {
    return Number(ns - BigInt(this.epochSeconds) * 1_000_000_000n);
  }

  *packets(): Generator<CapturedPacket, void> {
    const file = this.#file;
    const little = this.#littleEndian;
    for (let number = 1; file.require(recordHeader.octets); number++) {
      const captured = this.#capturedOctets(number);
      const seconds = file.u32(recordHeader.seconds, little) - this.epochSeconds;
      const timeNs = seconds * 1e9 + file.u32(recordHeader.fraction, little) * this.#nsPerFraction;
      const original = file.u32(recordHeader.original, little);
      if (!file.require(recordHeader.octets + captured)) break;
      file.advance(recordHeader.octets);
      yield this.#packet(number, timeNs, captured, original);
    }
    this.#truncated = file.available > 0;
  }

  /** Goes over what is left of the file from record to record, without reading packets; returns how many there were. As `packets`, it throws and sets `truncated`. */
  skip(): number {
    const file = this.#file;
    let count = 0;
    while (file.require(recordHeader.octets)) {
      const captured = this.#capturedOctets(count + 1);
      if (!file.require(recordHeader.octets + captured)) break;
      file.advance(recordHeader.octets + captured);
      count++;
    }
    this.#truncated = file.available > 0;
    return count;
  }

  #capturedOctets(number: number): number {
    const captured = this.#file.u32(recordHeader.captured, this.#littleEndian);
    if (captured <= maximumCaptured) return captured;
    const problem = `packet ${number} claims ${captured}`;
    throw new DecodeError('illegal-length', 'captured octets', problem, this.#file.offset);
  }

  #packet(number: number, timeNs: number, captured: number, original: number): CapturedPacket {
    const file = this.#file;
    const link = readLinkFrame(this.linkType, file, captured);
    const { interfaceIndex, direction, protocol, headerOctets } = link;
    const bytes = file.slice(headerOctets, captured);
    file.advance(captured);
    const originalLength = original - headerOctets;
    return { number, timeNs, interfaceIndex, direction, protocol, headerOctets, originalLength, bytes };
  }
}

function readFileHeader(file: FileOctets): {
  littleEndian: boolean;
  nsPerFraction: number;
  linkType: number;
} {
  if (!file.require(fileHeader.octets)) {
    throw new DecodeError(
      'truncated',
      'pcap file header',
      `needs ${fileHeader.octets} octets, have ${file.available}`,
      0,
    );
  }
  for (const littleEndian of [true, false]) {
    const magic = file.u32(fileHeader.magic, littleEndian);
    if (magic !== magics.microseconds && magic !== magics.nanoseconds) continue;
    const linkType = file.u32(fileHeader.linkType, littleEndian) & linkTypeMask;
    if (!isKnownLinkType(linkType)) {
      throw new DecodeError(
        'illegal-value',
        'pcap link type',
        `${linkType} is not known here`,
        fileHeader.linkType,
      );
    }
    file.advance(fileHeader.octets);
    return { littleEndian, nsPerFraction: magic === magics.nanoseconds ? 1 : 1000, linkType };
  }
  const found = file.u32(fileHeader.magic, false).toString(16).padStart(8, '0');
  throw new DecodeError(
    'illegal-value',
    'pcap magic number',
    `${found} is no classic pcap (pcapng is not read)`,
    0,
  );
}
