import { ProtocolError } from '../mip6/roles/errors.ts';
import { type Ipv6Address, ipv6ToBytes } from '../mip6/wire/address.ts';
import {
  decodeForwardingBody,
  encodeForwardingBody,
  type ForwardingFrame,
  forwardingFrameTypes,
  isForwardingFrame,
} from './clients/forwarding-frames.ts';
import { FrameOctets, u8 } from './frame-octets.ts';
import {
  decodeGroupBody,
  encodeGroupBody,
  type GroupFrame,
  groupFrameTypes,
  isGroupFrame,
} from './group-frames.ts';
import { decodeHandoff, encodeHandoff, type HandoffFrame } from './handoff-frames.ts';
import {
  decodeMembershipBody,
  encodeMembershipBody,
  isMembershipFrame,
  type MembershipFrame,
  membershipFrameTypes,
} from './membership-frames.ts';
import {
  decodeZoneBody,
  encodeZoneBody,
  isZoneFrame,
  type ZoneFrame,
  zoneFrameTypes,
} from './publication/zone-frames.ts';

/**
 * What members say to each other of clients and contact addresses: of handoffs (handoff-frames.ts), of contact addresses (group-frames.ts), of clients
 * without Mobile IPv6 (clients/forwarding-frames.ts), and of what name servers publish (publication/zone-frames.ts).
 */
export type ChannelFrame = HandoffFrame | GroupFrame | ForwardingFrame | ZoneFrame | ContactFrame;

export type { HandoffFrame, InitFrame, RefuseFrame } from './handoff-frames.ts';

/** All that travels on the member-to-member channel: what members say of themselves, too (membership-frames.ts). */
export type AnyChannelFrame = ChannelFrame | MembershipFrame;

/** A frame of a handoff at a contact address that is not the server's first one. */
export interface ContactFrame {
  readonly kind: 'of-contact';
  readonly contactAddress: Ipv6Address;
  readonly frame: HandoffFrame;
}

const ofContactType = 45;
const maximumFrameLength = 16 * 1024 * 1024;

/** One frame as octets, its length in front. */
export function encodeFrame(frame: AnyChannelFrame): Uint8Array {
  const [type, body] = encodeParts(frame);
  const bytes = Buffer.alloc(5 + body.length);
  bytes.writeUInt32BE(body.length + 1, 0);
  bytes.writeUInt8(type, 4);
  bytes.set(body, 5);
  return bytes;
}

/** Cuts a byte stream into frames. Throws ProtocolError on an illegal frame: the channel is then of no use. */
export class FrameReader {
  #buffered: Buffer[] = [];
  #size = 0;

  push(chunk: Uint8Array): AnyChannelFrame[] {
    this.#buffered.push(Buffer.from(chunk));
    this.#size += chunk.length;
    const frames: AnyChannelFrame[] = [];
    for (
      let length = this.#nextLength();
      length !== undefined && this.#size >= length;
      length = this.#nextLength()
    ) {
      frames.push(decodeFrame(this.#take(length)));
    }
    return frames;
  }

  #nextLength(): number | undefined {
    if (this.#size < 4) return undefined;
    if ((this.#buffered[0]?.length ?? 0) < 4) this.#buffered = [Buffer.concat(this.#buffered)];
    const length = this.#buffered[0]!.readUInt32BE(0);
    if (length < 1 || length > maximumFrameLength)
      throw new ProtocolError(`channel frame of ${length} octets`);
    return length + 4;
  }

  #take(length: number): Buffer {
    const all = this.#buffered.length === 1 ? this.#buffered[0]! : Buffer.concat(this.#buffered);
    const rest = all.subarray(length);
    this.#buffered = rest.length > 0 ? [rest] : [];
    this.#size -= length;
    return all.subarray(0, length);
  }
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
  return encodeHandoff(frame);
}

function decodeFrame(bytes: Buffer): AnyChannelFrame {
  const [type, body] = [bytes[4], bytes.subarray(5)];
  if (type === ofContactType) return decodeOfContact(new FrameOctets(body));
  const frame = decodeHandoff(type, body) ?? decodeOther(type, body);
  if (frame === undefined) throw new ProtocolError(`channel frame of unknown type ${type}`);
  return frame;
}

function decodeOfContact(octets: FrameOctets): ContactFrame {
  const [contactAddress, type, body] = [octets.address(), octets.u8(), octets.rest()];
  const frame = decodeHandoff(type, body);
  if (frame === undefined || frame.kind === 'hello' || frame.kind === 'padding')
    throw new ProtocolError(`channel frame of type ${type} is of no contact address`);
  return { kind: 'of-contact', contactAddress, frame };
}

function decodeOther(type: number | undefined, body: Buffer): AnyChannelFrame | undefined {
  return (
    decodeGroupBody(type, body) ??
    decodeForwardingBody(type, body) ??
    decodeMembershipBody(type, body) ??
    decodeZoneBody(type, body)
  );
}
