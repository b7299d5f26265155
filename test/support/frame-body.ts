import { type AnyChannelFrame, encodeFrame, FrameReader } from '../../server/channel/channel-frames.ts';

/** A frame of this type with this body. */
export function withBody(type: number, body: Uint8Array): Buffer {
  const octets = Buffer.alloc(5 + body.length);
  octets.writeUInt32BE(body.length + 1, 0);
  octets[4] = type;
  octets.set(body, 5);
  return octets;
}

/** The frame that a member reads from this type and body. Throws ProtocolError. */
export function readBody(type: number, body: Uint8Array): AnyChannelFrame {
  const [frame, ...more] = new FrameReader().push(withBody(type, body));
  if (frame === undefined || more.length > 0) throw new TypeError(`${1 + more.length} frames in one`);
  return frame;
}

/** What a member writes of this frame. */
export function writtenBody(frame: AnyChannelFrame): { readonly type: number; readonly body: Buffer } {
  const octets = Buffer.from(encodeFrame(frame));
  return { type: octets[4]!, body: octets.subarray(5) };
}
