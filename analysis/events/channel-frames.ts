import { type Segment, SegmentOrder } from './channel-segments.ts';

/** What members say to each other of a handoff (paper §3.2, §4.2, §6.4), and of a contact address (§3.2, Fig. 5): no phase of any handoff. */
export type ChannelFrameKind =
  | 'hello'
  | 'prepare'
  | 'init'
  | 'done'
  | 'refuse'
  | 'cancel'
  | 'released'
  | 'padding'
  | (typeof contactKinds)[number]
  | (typeof forwardingKinds)[number];

/** A frame's place in its stream; offsets count from the stream's first octet. */
export interface FrameExtent {
  readonly kind: ChannelFrameKind;
  /** where it, or the first of the TLS records that hold it, begins */
  readonly start: number;
  /** first octet behind the frame and all that it is wrapped in */
  readonly end: number;
  /** of the frame itself, its length field included */
  readonly octets: number;
}

/** Finds the frames in one direction of a member-to-member channel. How depends on the channel's encoding, nothing else does. */
export interface FrameScanner {
  /**
   * Takes a segment of `length` octets at `offset`, of which `prefix` was captured; segments may come twice or out of order.
   * Gives the frames whose headers are now known.
   */
  segment(offset: number, length: number, prefix: Uint8Array): readonly FrameExtent[];
  /** Frame headers that the snap length cut away or that made no sense: what follows them may have been overlooked. */
  readonly unreadable: number;
}

/** A frame's first octets: length of what follows (4 octets, big-endian), type (1 octet); then its body. */
export const frameHeader = { lengthOctets: 4, octets: 5 } as const;
const contactKinds = [
  'contact-data',
  'contact-held',
  'contact-heartbeat',
  'contact-withdrawn',
  'contact-hand-over',
  'contact-node',
  'contact-entry',
  'contact-doubt',
] as const;
/** about clients without Mobile IPv6 (paper §7.2): no phase either, but their Prepare and Init are ones like others */
const forwardingKinds = ['forward', 'forwarded'] as const;
/** by frame type on the wire */
const kinds: ReadonlyMap<number, ChannelFrameKind> = new Map<number, ChannelFrameKind>([
  [1, 'hello'],
  [2, 'prepare'],
  [3, 'init'],
  [4, 'done'],
  [5, 'refuse'],
  [6, 'cancel'],
  [7, 'released'],
  [8, 'padding'],
  ...contactKinds.map((kind, position) => [32 + position, kind] as const),
  ...forwardingKinds.map((kind, position) => [41 + position, kind] as const),
  [43, 'prepare'],
  [44, 'init'],
]);
const maximumFrame = 16 * 1024 * 1024;

/** Kind and length (its length field included) of the frame that begins with these octets; undefined when they begin none. */
export function readFrameHeader(
  bytes: ArrayLike<number>,
): { readonly kind: ChannelFrameKind; readonly octets: number } | undefined {
  const { 0: a = 0, 1: b = 0, 2: c = 0, 3: d = 0, 4: type = 0 } = bytes;
  const length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const kind = kinds.get(type);
  if (bytes.length < frameHeader.octets || kind === undefined) return undefined;
  if (length < 1 || length > maximumFrame) return undefined;
  return { kind, octets: frameHeader.lengthOctets + length };
}

/**
 * Frames in the clear. Bodies are stepped over by their length, so only the five octets of a header need to be in the
 * capture: they are, wherever a frame starts a segment or follows a frame that ended within the snap length.
 */
export class PlainFrameScanner implements FrameScanner {
  readonly #order = new SegmentOrder();
  #unreadable = 0;
  /** where the next frame starts; undefined after an unreadable header: the next segment behind `#lostUntil` starts one */
  #next: number | undefined = 0;
  #lostUntil = 0;
  #header: number[] = [];

  get unreadable(): number {
    return this.#unreadable + this.#order.dropped;
  }

  segment(offset: number, length: number, prefix: Uint8Array): readonly FrameExtent[] {
    const frames: FrameExtent[] = [];
    this.#order.take(
      { offset, length, prefix },
      () => this.#wanted,
      (segment) => this.#scan(segment, frames),
    );
    return frames;
  }

  /** The octet wanted next, unless the scanner is lost. */
  get #wanted(): number {
    return (this.#next ?? this.#lostUntil) + this.#header.length;
  }

  #scan({ offset, length, prefix }: Segment, frames: FrameExtent[]): void {
    if (this.#next === undefined && offset === this.#lostUntil) this.#next = offset;
    if (this.#next === undefined) {
      this.#lostUntil = Math.max(this.#lostUntil, offset + length);
      return;
    }
    const captured = offset + Math.min(prefix.length, length);
    while (this.#next !== undefined && this.#wanted >= offset && this.#wanted < captured) {
      this.#header.push(prefix[this.#wanted - offset]!);
      if (this.#header.length === frameHeader.octets) this.#frame(offset + length, frames);
    }
    if (this.#next !== undefined && this.#wanted >= captured && this.#wanted < offset + length)
      this.#lose(offset + length);
  }

  #frame(segmentEnd: number, frames: FrameExtent[]): void {
    const start = this.#next ?? 0;
    const header = readFrameHeader(this.#header);
    if (header === undefined) {
      this.#lose(segmentEnd);
      return;
    }
    const end = start + header.octets;
    frames.push({ ...header, start, end });
    this.#header = [];
    this.#next = end;
  }

  #lose(until: number): void {
    this.#unreadable++;
    this.#header = [];
    this.#next = undefined;
    this.#lostUntil = until;
  }
}
