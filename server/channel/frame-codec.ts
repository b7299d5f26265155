import type { FrameOctets } from './frame-octets.ts';

/** How what stands behind a frame's length and type is written and read. */
export interface FrameCodec<Frame> {
  /** Throws ProtocolError for what has no such form. */
  encode(frame: Frame): Buffer;
  /** Throws ProtocolError on an illegal body; whether anything is left is for the caller to see. */
  decode(body: FrameOctets): Frame;
  /** Where several types carry frames of one kind: this one carries such a frame, and is asked before those that do not say. */
  carries?(frame: Frame): boolean;
}

/** One for each kind of a protocol's frames. */
export type FrameCodecs<Frame extends { readonly kind: string }> = {
  readonly [Kind in Frame['kind']]: FrameCodec<Frame & { readonly kind: Kind }>;
};
