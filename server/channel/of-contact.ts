import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6ToBytes } from '../../mip6/wire/address.ts';
import { type HandoffFrame, isHandoffFrame } from '../handoff/frames.ts';
import type { FrameCodec } from './frame-codec.ts';
import { u8 } from './frame-octets.ts';
import type { ContactFrame, FrameRow, UnknownFrame } from './frame-types.ts';

/** What this codec has to know of the table that it stands in itself. */
interface EnclosedRows {
  rowOf(type: number): FrameRow | undefined;
  rowFor(frame: HandoffFrame): FrameRow;
  isOptional(type: number): boolean;
}

/**
 * Contact address (16), then type (u8) and body of a frame of a handoff there. One of a type that is not known is
 * unknown as it would be by itself.
 */
export function ofContactCodec({
  rowOf,
  rowFor,
  isOptional,
}: EnclosedRows): FrameCodec<ContactFrame | UnknownFrame> {
  return {
    encode(outer) {
      if (outer.kind !== 'of-contact') throw new ProtocolError('an unknown frame is not written');
      const { type, codec } = rowFor(outer.frame);
      return Buffer.concat([ipv6ToBytes(outer.contactAddress), u8(type), codec.encode(outer.frame)]);
    },
    decode(body) {
      const [contactAddress, inner] = [body.address(), body.u8()];
      const row = rowOf(inner);
      if (row === undefined) {
        body.rest();
        return { kind: 'unknown-frame', type: OF_CONTACT_TYPE, inner, optional: isOptional(inner) };
      }
      if (!isHandoffFrame(row))
        throw new ProtocolError(`channel frame of type ${inner} is of no contact address`);
      return { kind: 'of-contact', contactAddress, frame: row.codec.decode(body) as HandoffFrame };
    },
  };
}

/** Its number, which a reader must know before it has the frame: the length of what is in it depends on its own. */
export const OF_CONTACT_TYPE = 45;
