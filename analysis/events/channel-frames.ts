import type { Ipv6Address } from '../../mip6/wire/address.ts';
import {
  FRAME_HEADER_OCTETS,
  frameHead,
  headOctets,
  LARGEST_FRAME_OCTETS,
} from '../../server/channel/frame-length.ts';
import { type FrameKind, frameOfType } from '../../server/channel/frame-table.ts';
import { type Segment, SegmentOrder } from './channel-segments.ts';

/** What members say to each other; of a handoff's phases only what they say of handoffs (paper §3.2, §4.2, §6.4). */
export type ChannelFrameKind = Exclude<FrameKind, 'of-contact'>;

/** A frame's place in its stream; offsets count from the stream's first octet. */
export interface FrameExtent {
  readonly kind: ChannelFrameKind;
  /** of a handoff at a contact address that is not the server's first one */
  readonly contactAddress?: Ipv6Address;
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

/** Kind and length (its length field included) of the frame that begins with these octets; undefined when they begin none. */
export function readFrameHeader(
  octets: ArrayLike<number>,
): Pick<FrameExtent, 'kind' | 'octets' | 'contactAddress'> | undefined {
  const head = frameHead(Buffer.from(octets));
  const kind = head && frameOfType(head.type)?.kind;
  if (head === undefined || kind === undefined || kind === 'of-contact') return undefined;
  if (head.octets < FRAME_HEADER_OCTETS || head.octets > LARGEST_FRAME_OCTETS) return undefined;
  const { type: _, ...rest } = head;
  return { kind, ...rest };
}

/**
 * Frames in the clear. Bodies are stepped over by their length, so only the octets that say what a frame is need to be in the
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
      const { length: read } = this.#header;
      if (read >= FRAME_HEADER_OCTETS && read === headOctets(this.#header))
        this.#frame(offset + length, frames);
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
