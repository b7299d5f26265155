import type { FrameCodec } from './frame-codec.ts';
import { u8 } from './frame-octets.ts';

/**
 * The answer to a frame of a type that this member does not know, and that is not optional (isOptionalType): it has not been acted on.
 *   Not understood  type (u8); of a frame about a further contact address the type in it, else 0 (u8)
 */
export interface NotUnderstoodFrame {
  readonly kind: 'not-understood';
  readonly type: number;
  readonly inner?: number;
}

export const notUnderstoodCodec: FrameCodec<NotUnderstoodFrame> = {
  encode: ({ type, inner = 0 }) => Buffer.concat([u8(type), u8(inner)]),
  decode(body) {
    const [type, inner] = [body.u8(), body.u8()];
    return { kind: 'not-understood', type, ...(inner === 0 ? {} : { inner }) };
  },
};
