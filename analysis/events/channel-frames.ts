/** What members say to each other (paper §3.2, §4.2, §6.4). */
export type ChannelFrameKind =
  | 'hello'
  | 'prepare'
  | 'init'
  | 'done'
  | 'refuse'
  | 'cancel'
  | 'released'
  | 'padding';

/** A frame's place in its stream; offsets count from the stream's first octet. */
export interface FrameExtent {
  readonly kind: ChannelFrameKind;
  readonly start: number;
  /** first octet behind the frame */
  readonly end: number;
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

/* A frame: length of what follows (4 octets, big-endian), type (1 octet), body. */
const header = { lengthOctets: 4, octets: 5 } as const;
const kinds: readonly (ChannelFrameKind | undefined)[] = [
  undefined,
  'hello',
  'prepare',
  'init',
  'done',
  'refuse',
  'cancel',
  'released',
  'padding',
];
const maximumFrame = 16 * 1024 * 1024;
const maximumWaiting = 4096;

interface Segment {
  readonly offset: number;
  readonly length: number;
  readonly prefix: Uint8Array;
}

/**
 * Frames in the clear. Bodies are stepped over by their length, so only the five octets of a header need to be in the
 * capture: they are, wherever a frame starts a segment or follows a frame that ended within the snap length.
 */
export class PlainFrameScanner implements FrameScanner {
  #unreadable = 0;
  /** where the next frame starts; undefined after an unreadable header: the next segment behind `#lostUntil` starts one */
  #next: number | undefined = 0;
  #lostUntil = 0;
  #header: number[] = [];
  #waiting: Segment[] = [];

  get unreadable(): number {
    return this.#unreadable;
  }

  segment(offset: number, length: number, prefix: Uint8Array): readonly FrameExtent[] {
    const frames: FrameExtent[] = [];
    const segment = { offset, length, prefix };
    if (this.#isAhead(segment)) {
      this.#wait(segment);
      return frames;
    }
    this.#scan(segment, frames);
    // Each round takes a segment out of the list, so the loop ends.
    for (let ready = this.#takeReady(); ready !== undefined; ready = this.#takeReady())
      this.#scan(ready, frames);
    return frames;
  }

  /** The octet wanted next, unless the scanner is lost. */
  get #wanted(): number {
    return (this.#next ?? this.#lostUntil) + this.#header.length;
  }

  /** Behind a hole that hides the next header. */
  #isAhead({ offset }: Segment): boolean {
    return offset > this.#wanted;
  }

  #wait({ offset, length, prefix }: Segment): void {
    if (this.#waiting.length < maximumWaiting) this.#waiting.push({ offset, length, prefix: prefix.slice() });
    else this.#unreadable++;
  }

  #takeReady(): Segment | undefined {
    const index = this.#waiting.findIndex((segment) => !this.#isAhead(segment));
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
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
      if (this.#header.length === header.octets) this.#frame(offset + length, frames);
    }
    if (this.#next !== undefined && this.#wanted >= captured && this.#wanted < offset + length)
      this.#lose(offset + length);
  }

  #frame(segmentEnd: number, frames: FrameExtent[]): void {
    const start = this.#next ?? 0;
    const [a = 0, b = 0, c = 0, d = 0, type = 0] = this.#header;
    const length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const kind = kinds[type];
    if (kind === undefined || length < 1 || length > maximumFrame) {
      this.#lose(segmentEnd);
      return;
    }
    const end = start + header.lengthOctets + length;
    frames.push({ kind, start, end });
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
