import { FRAME_HEADER_OCTETS, headOctets } from '../../server/channel/frame-length.ts';
import { type FrameExtent, type FrameScanner, readFrameHeader } from './channel-frames.ts';
import { type OpenedRecord, openRecord, recordLength, type TlsRole, tlsRecord } from './channel-keys.ts';
import { type Segment, SegmentOrder } from './channel-segments.ts';
import type { TlsSession } from './channel-session.ts';

/** Octets of plaintext that a full record holds (RFC 8446 §5.1), and what a record adds: header, content type, tag. */
const recordPlaintext = 16 * 1024;
const contentTypeOctets = 1;
const recordOverhead = tlsRecord.headerOctets + contentTypeOctets + tlsRecord.tagOctets;
const largestRecord = recordPlaintext + 256;
/** Encrypted records of a handshake at most: extensions, certificate request, certificate, verification, Finished. */
const handshakeRecords = 8;
/** How many records may have been overlooked when a lost scanner finds its place again. */
const overlookedRecords = 64;
/** Client Hello: record header 5, handshake header 4, version 2, random 32. */
const clientRandom = { start: 11, end: 43 } as const;
const newSessionTicket = 4;

/** What a record is to the scanner: how many octets and numbered records it covers together with those that it announces. */
interface Found {
  readonly octets: number;
  readonly records: number;
  readonly frame?: Omit<FrameExtent, 'start' | 'end'>;
}

/**
 * Frames under TLS 1.3. A member writes every frame at once, so it begins a record, and all its records but the last are full
 * (`ChannelLink.send`): from the frame's length follow the places and numbers of records whose own headers were not captured.
 * A frame is believed when the tag is right or, of a record cut by the snap length, when frame and record lengths agree.
 */
export class TlsFrameScanner implements FrameScanner {
  readonly #session: TlsSession;
  readonly #role: TlsRole;
  readonly #order = new SegmentOrder();
  #unreadable = 0;
  /** where the next record starts; undefined when lost: the next segment behind `#lostUntil` may start one */
  #next: number | undefined = 0;
  #lostUntil = 0;
  /** captured octets from `#next` on */
  #front: Uint8Array = Buffer.alloc(0);
  /** number of the next record under application keys */
  #sequence = 0;
  #established = false;
  #inHandshake = 0;

  constructor(session: TlsSession, role: TlsRole) {
    this.#session = session;
    this.#role = role;
  }

  get unreadable(): number {
    return this.#unreadable + this.#order.dropped;
  }

  segment(offset: number, length: number, prefix: Uint8Array): readonly FrameExtent[] {
    const frames: FrameExtent[] = [];
    this.#order.take(
      { offset, length, prefix },
      () => (this.#next ?? this.#lostUntil) + this.#front.length,
      (segment) => this.#scan(segment, frames),
    );
    return frames;
  }

  #scan(segment: Segment, frames: FrameExtent[]): void {
    const { offset, length, prefix } = segment;
    const end = offset + length;
    if (this.#next === undefined) this.#findPlace(segment);
    const captured = offset + Math.min(prefix.length, length);
    // Each round goes on by a record's header at least, or ends the loop.
    while (this.#next !== undefined) {
      const at = this.#next + this.#front.length;
      if (at < offset || at >= end) return;
      this.#front = Buffer.concat([this.#front, prefix.subarray(at - offset, captured - offset)]);
      const found = this.#record(this.#front);
      if (found === 'incomplete' && captured === end) return;
      if (typeof found === 'string') this.#lose(end);
      else this.#advance(this.#next, found, frames);
    }
  }

  #advance(start: number, { octets, records, frame }: Found, frames: FrameExtent[]): void {
    const end = start + octets;
    if (frame !== undefined) frames.push({ ...frame, start, end });
    this.#sequence += records;
    this.#next = end;
    this.#front = Buffer.alloc(0);
  }

  /** The record that these octets begin. */
  #record(bytes: Uint8Array): Found | 'incomplete' | 'illegible' {
    const { headerOctets, type } = tlsRecord;
    if (bytes.length < headerOctets) return 'incomplete';
    const octets = headerOctets + recordLength(bytes);
    if (bytes[1] !== 3 || octets > largestRecord + headerOctets) return 'illegible';
    if (bytes[0] !== type.data) {
      const hello = bytes[0] === type.handshake && this.#role === 'client' && !this.#session.known;
      if (hello && bytes.length < clientRandom.end) return 'incomplete';
      if (hello) this.#session.begin(bytes.subarray(clientRandom.start, clientRandom.end));
      return { octets, records: 0 };
    }
    if (bytes.length < headerOctets + FRAME_HEADER_OCTETS) return 'incomplete';
    const found = this.#decrypted(bytes, this.#sequence);
    if (found !== undefined) {
      this.#established = true;
      return found;
    }
    // Under the handshake's keys, which are of no interest here.
    const handshake = this.#session.has(this.#role) && !this.#established;
    return handshake && this.#inHandshake++ < handshakeRecords ? { octets, records: 0 } : 'illegible';
  }

  /** Under application keys and with this number; undefined when it makes no sense so. */
  #decrypted(bytes: Uint8Array, sequence: number): Found | 'incomplete' | undefined {
    const keys = this.#session.keysOf(this.#role);
    const opened = keys && openRecord(keys, sequence, bytes);
    return opened && understood(opened, recordLength(bytes));
  }

  /** A segment that starts a record, seen from its content, ends the search; its number is the search's other result. */
  #findPlace({ offset, length, prefix }: Segment): void {
    const { headerOctets, type } = tlsRecord;
    const begins = prefix[0] === type.data && prefix[1] === 3 && prefix[2] === 3;
    if (begins && offset >= this.#lostUntil && prefix.length >= headerOctets + FRAME_HEADER_OCTETS) {
      for (let sequence = this.#sequence; sequence < this.#sequence + overlookedRecords; sequence++) {
        if (this.#decrypted(prefix, sequence) === undefined) continue;
        this.#sequence = sequence;
        this.#next = offset;
        return;
      }
    }
    this.#lostUntil = Math.max(this.#lostUntil, offset + length);
  }

  #lose(until: number): void {
    this.#unreadable++;
    this.#front = Buffer.alloc(0);
    this.#next = undefined;
    this.#lostUntil = until;
  }
}

/**
 * What a record of `length` octets behind its header holds; undefined when its plaintext is none of the channel's, incomplete
 * when more of it has to be seen.
 */
function understood({ plaintext, verified }: OpenedRecord, length: number): Found | 'incomplete' | undefined {
  const octets = tlsRecord.headerOctets + length;
  const type = plaintext.findLast((octet) => octet !== 0);
  if (verified && type !== tlsRecord.type.data) return { octets, records: 1 };
  if (!verified && plaintext.length < headOctets(plaintext)) return 'incomplete';
  const header = readFrameHeader(plaintext);
  // Verified and no frame known here: one of a newer kind.
  const passedOver = verified || isTicket(plaintext, length);
  if (header === undefined) return passedOver ? { octets, records: 1 } : undefined;
  const records = Math.ceil(header.octets / recordPlaintext);
  const first = Math.min(header.octets, recordPlaintext) + contentTypeOctets + tlsRecord.tagOctets;
  if (first !== length) return undefined;
  return { octets: header.octets + records * recordOverhead, records, frame: header };
}

/** A New Session Ticket alone in its record: handshake type, length (3 octets), body. */
function isTicket([type, a = 0, b = 0, c = 0]: Uint8Array, length: number): boolean {
  const octets = 4 + ((a << 16) | (b << 8) | c);
  return type === newSessionTicket && octets + contentTypeOctets + tlsRecord.tagOctets === length;
}
