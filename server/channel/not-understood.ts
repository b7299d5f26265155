import { FrameOctets, u8 } from './frame-octets.ts';
import { typesOf } from './frame-table.ts';

/**
 * The answer to a frame of a type that this member does not know, and that is not optional (isOptionalType): it has not been acted on.
 *   Not understood  type (u8); of a frame about a further contact address the type in it, else 0 (u8)
 */
export interface NotUnderstoodFrame {
  readonly kind: 'not-understood';
  readonly type: number;
  readonly inner?: number;
}

const types = typesOf('not-understood');

/** What stands behind length and type on the wire. */
export function encodeNotUnderstood({ type, inner = 0 }: NotUnderstoodFrame): Buffer {
  return Buffer.concat([u8(type), u8(inner)]);
}

/** Undefined when the type is another. Throws ProtocolError on an illegal body. */
export function decodeNotUnderstood(
  type: number | undefined,
  bytes: Uint8Array,
): NotUnderstoodFrame | undefined {
  if (type !== types['not-understood']) return undefined;
  const body = new FrameOctets(bytes);
  const [refused, inner] = [body.u8(), body.u8()];
  body.end();
  return { kind: 'not-understood', type: refused, ...(inner === 0 ? {} : { inner }) };
}
