import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';
import type { ChannelFrameKind, FrameExtent, FrameScanner } from './channel-frames.ts';
import { SequenceCoverage } from './sequence-coverage.ts';
import type { Passage } from './testbed.ts';

/** First and last packet that carried a frame past one side of the router. */
interface FramePassage {
  first?: Passage;
  /** the packet with which the frame was complete, whatever was retransmitted */
  last?: Passage;
}

/** One frame on the way from one member to another. */
export interface ChannelFrame {
  readonly kind: ChannelFrameKind;
  /** of a handoff at a contact address that is not the server's first one */
  readonly contactAddress?: Ipv6Address;
  /** its length field included, what the channel wraps it in not */
  readonly octets: number;
  readonly arriving: FramePassage;
  readonly leaving: FramePassage;
}

interface OpenFrame {
  readonly frame: ChannelFrame;
  readonly extent: FrameExtent;
}

/** One direction of a channel's TCP connection, as it passes the router: recognised when it comes, timed when it leaves. */
export class ChannelFlow {
  readonly #scanner: FrameScanner;
  readonly #arrived: SequenceCoverage;
  readonly #left: SequenceCoverage;
  /** frames not yet complete on the far side */
  #open: OpenFrame[] = [];

  /** `first`: sequence number of the stream's first octet. */
  constructor(first: number, scanner: FrameScanner) {
    this.#scanner = scanner;
    this.#arrived = new SequenceCoverage(first);
    this.#left = new SequenceCoverage(first);
  }

  /** Frame headers that could not be read. */
  get unreadable(): number {
    return this.#scanner.unreadable;
  }

  /** Takes a segment with payload; gives the frames that begin in it, on their way in. */
  segment(tcp: TcpSegment, passage: Passage): readonly ChannelFrame[] {
    const coverage = passage.direction === 'in' ? this.#arrived : this.#left;
    const offset = coverage.offsetOf(tcp.sequence);
    const found =
      passage.direction === 'in' ? this.#scanner.segment(offset, tcp.payloadLength, tcp.payloadPrefix) : [];
    const fresh = found.map((extent) => ({ frame: emptyFrame(extent), extent }));
    this.#open.push(...fresh);
    coverage.add(offset, tcp.payloadLength);
    this.#stamp(offset, tcp.payloadLength, coverage.contiguous, passage);
    return fresh.map(({ frame }) => frame);
  }

  #stamp(offset: number, length: number, contiguous: number, passage: Passage): void {
    for (const { frame, extent } of this.#open) {
      const side = passage.direction === 'in' ? frame.arriving : frame.leaving;
      if (extent.start < offset + length && extent.end > offset) side.first ??= passage;
      if (contiguous >= extent.end) side.last ??= passage;
    }
    this.#open = this.#open.filter(({ frame }) => frame.leaving.last === undefined);
  }
}

function emptyFrame({ kind, octets, contactAddress }: FrameExtent): ChannelFrame {
  const contact = contactAddress === undefined ? {} : { contactAddress };
  return { kind, ...contact, octets, arriving: {}, leaving: {} };
}
