import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import {
  decodeGroupBody,
  encodeGroupBody,
  type GroupFrame,
  groupFrameTypes,
  isGroupFrame,
} from '../contact/group-frames.ts';
import { decodeHandoff, encodeHandoff, type HandoffFrame } from '../handoff/frames.ts';
import {
  decodeMembershipBody,
  encodeMembershipBody,
  isMembershipFrame,
  type MembershipFrame,
  membershipFrameTypes,
} from '../membership/membership-frames.ts';
import {
  decodeForwardingBody,
  encodeForwardingBody,
  type ForwardingFrame,
  forwardingFrameTypes,
  isForwardingFrame,
} from '../plain/forwarding-frames.ts';
import {
  decodeZoneBody,
  encodeZoneBody,
  isZoneFrame,
  type ZoneFrame,
  zoneFrameTypes,
} from '../publication/zone-frames.ts';
import { FRAME_PATIENCE, FrameBuffer, type FramePatience } from './frame-buffer.ts';
import { frameLength } from './frame-length.ts';
import { FrameOctets, u8 } from './frame-octets.ts';
import { frameOfType, isOptionalType, typesOf } from './frame-table.ts';
import { decodeNotUnderstood, encodeNotUnderstood, type NotUnderstoodFrame } from './not-understood.ts';

/**
 * What members say to each other of clients and contact addresses: of handoffs (handoff-frames.ts), of contact addresses (group-frames.ts), of clients
 * without Mobile IPv6 (clients/forwarding-frames.ts), and of what name servers publish (publication/zone-frames.ts).
 */
export type ChannelFrame = HandoffFrame | GroupFrame | ForwardingFrame | ZoneFrame | ContactFrame;

export type { HandoffFrame, HelloFrame, InitFrame } from '../handoff/frames.ts';

/** All that travels on the member-to-member channel: what members say of themselves (membership-frames.ts) and of the channel, too. */
export type AnyChannelFrame = ChannelFrame | MembershipFrame | NotUnderstoodFrame;

/** A frame of a type that this release does not know: its body has been passed over. */
export interface UnknownFrame {
  readonly kind: 'unknown-frame';
  readonly type: number;
  /** of a frame about a further contact address: the type in it, which is what is not known */
  readonly inner?: number;
  /** nothing is owed to its sender (isOptionalType) */
  readonly optional: boolean;
}

/** A frame of a handoff at a contact address that is not the server's first one. */
export interface ContactFrame {
  readonly kind: 'of-contact';
  readonly contactAddress: Ipv6Address;
  readonly frame: HandoffFrame;
}

const { 'of-contact': ofContactType } = typesOf('of-contact');

/**
 * One frame as octets, its length in front. Throws ProtocolError for one that its reader would refuse (`frameLength`), or whose
 * numbers do not fit: a channel that carries it would end, for all clients.
 */
export function encodeFrame(frame: AnyChannelFrame): Uint8Array {
  const [type, body] = encodeParts(frame);
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

function encodeParts(frame: AnyChannelFrame): readonly [number, Buffer] {
  if (isGroupFrame(frame)) return [groupFrameTypes[frame.kind], encodeGroupBody(frame)];
  if (isForwardingFrame(frame)) return [forwardingFrameTypes[frame.kind], encodeForwardingBody(frame)];
  if (isZoneFrame(frame)) return [zoneFrameTypes[frame.kind], encodeZoneBody(frame)];
  if (isMembershipFrame(frame)) return [membershipFrameTypes[frame.kind], encodeMembershipBody(frame)];
  if (frame.kind === 'of-contact') {
    const [type, body] = encodeHandoff(frame.frame);
    return [ofContactType, Buffer.concat([ipv6ToBytes(frame.contactAddress), u8(type), body])];
  }
  if (frame.kind === 'not-understood')
    return [typesOf('not-understood')['not-understood'], encodeNotUnderstood(frame)];
  return encodeHandoff(frame);
}

function decodeFrame(bytes: Buffer): AnyChannelFrame | UnknownFrame {
  const [type = 0, body] = [bytes[4], bytes.subarray(5)];
  if (type === ofContactType) return decodeOfContact(new FrameOctets(body));
  const frame = decodeHandoff(type, body) ?? decodeOther(type, body);
  return frame ?? { kind: 'unknown-frame', type, optional: isOptionalType(type) };
}

function decodeOfContact(octets: FrameOctets): ContactFrame | UnknownFrame {
  const [contactAddress, type, body] = [octets.address(), octets.u8(), octets.rest()];
  const frame = decodeHandoff(type, body);
  if (frame?.kind === 'hello' || frame?.kind === 'padding' || (frame === undefined && frameOfType(type)))
    throw new ProtocolError(`channel frame of type ${type} is of no contact address`);
  if (frame === undefined)
    return { kind: 'unknown-frame', type: ofContactType, inner: type, optional: isOptionalType(type) };
  return { kind: 'of-contact', contactAddress, frame };
}

function decodeOther(type: number | undefined, body: Buffer): AnyChannelFrame | undefined {
  return (
    decodeGroupBody(type, body) ??
    decodeForwardingBody(type, body) ??
    decodeMembershipBody(type, body) ??
    decodeZoneBody(type, body) ??
    decodeNotUnderstood(type, body)
  );
}
