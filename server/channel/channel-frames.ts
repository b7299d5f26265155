import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import { FRAME_PATIENCE, FrameBuffer, type FramePatience } from './frame-buffer.ts';
import { FRAME_HEADER_OCTETS, frameLength } from './frame-length.ts';
import { FrameOctets } from './frame-octets.ts';
import { frameOfType, isOptionalType, rowFor } from './frame-table.ts';
import type { AnyChannelFrame, UnknownFrame } from './frame-types.ts';

export type { HandoffFrame } from '../handoff/frames.ts';
export type { AnyChannelFrame, ChannelFrame, ContactFrame, UnknownFrame } from './frame-types.ts';
export type { HelloFrame } from './greeting-frames.ts';

/**
 * One frame as octets, its length in front. Throws ProtocolError for one that its reader would refuse (`frameLength`), or whose
 * numbers do not fit: a channel that carries it would end, for all clients.
 */
export function encodeFrame(frame: AnyChannelFrame): Uint8Array {
  const { type, codec } = rowFor(frame);
  const body = codec.encode(frame);
  const bytes = Buffer.alloc(5 + body.length);
  bytes.writeUInt32BE(body.length + 1, 0);
  bytes.writeUInt8(type, 4);
  bytes.set(body, 5);
  frameLength(bytes);
  return bytes;
}

/** Cuts a byte stream into frames. Throws ProtocolError on an illegal frame: the channel is then of no use. */
export class FrameReader {
  readonly #buffer: FrameBuffer;

  constructor(patience: FramePatience = FRAME_PATIENCE) {
    this.#buffer = new FrameBuffer(patience);
  }

  /** When the frame that has begun is overdue; undefined while there is none. */
  deadline(): Instant | undefined {
    return this.#buffer.deadline();
  }

  /**
   * The frames that are complete; those of unknown types are passed over when they are optional, and otherwise illegal. `now`: for
   * `deadline`; default 0.
   */
  push(chunk: Uint8Array, now: Instant = 0): AnyChannelFrame[] {
    return this.read(chunk, now).filter((frame): frame is AnyChannelFrame => {
      if (frame.kind !== 'unknown-frame') return true;
      if (!frame.optional) throw new ProtocolError(unknownText(frame));
      return false;
    });
  }

  /** The same with those of unknown types, for who can answer them. */
  read(chunk: Uint8Array, now: Instant = 0): (AnyChannelFrame | UnknownFrame)[] {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return this.#buffer.push(octets, now).map(decodeFrame);
  }
}

/** Names a frame that is not known. */
export function unknownText({ type, inner }: Pick<UnknownFrame, 'type' | 'inner'>): string {
  return `channel frame of unknown type ${inner === undefined ? type : `${inner} in type ${type}`}`;
}

function decodeFrame(octets: Buffer): AnyChannelFrame | UnknownFrame {
  const type = octets[FRAME_HEADER_OCTETS - 1]!;
  const row = frameOfType(type);
  if (row === undefined) return { kind: 'unknown-frame', type, optional: isOptionalType(type) };
  const body = new FrameOctets(octets.subarray(FRAME_HEADER_OCTETS));
  const frame = row.codec.decode(body);
  body.end();
  return frame;
}
