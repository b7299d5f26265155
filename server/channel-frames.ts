import { ProtocolError } from '../mip6/roles/errors.ts';
import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '../mip6/wire/address.ts';

/**
 * What members say to each other on the member-to-member channel (paper §3.2, §4.2, §6.4).
 *
 * On the wire a frame is: length of what follows (u32), type (u8), body. All integers are big-endian.
 *   Hello   care-of address of the sender (16), a number that its process drew when it started (u32)
 *   Prepare handoff id (u32), client address (16), contact address (16)
 *   Init    handoff id (u32), client address (16), contact address (16), last Binding Update sequence number (u16),
 *           length of the TCP state (u32), TCP state, application state (the rest)
 *   Done    handoff id (u32), Binding Update sequence number now in use (u16)
 *   Refuse  handoff id (u32), 1 when a Binding Update may have gone out, else 0 (u8), reason (UTF-8, the rest)
 *   Cancel  handoff id (u32): give it up unless you are active; answered by Done or Refuse
 *   Released  handoff id (u32): the donor has let go of the client
 *   Padding zeros: opens the windows of a new connection
 * With an empty socket an Init stays far below one packet.
 */
export type ChannelFrame =
  | { readonly kind: 'hello'; readonly careOfAddress: Ipv6Address; readonly incarnation: number }
  | {
      readonly kind: 'prepare';
      readonly handoff: number;
      readonly client: Ipv6Address;
      readonly contactAddress: Ipv6Address;
    }
  | InitFrame
  | { readonly kind: 'done'; readonly handoff: number; readonly sequence: number }
  | RefuseFrame
  | { readonly kind: 'cancel'; readonly handoff: number }
  | { readonly kind: 'released'; readonly handoff: number }
  | { readonly kind: 'padding'; readonly octets: number };

export interface RefuseFrame {
  readonly kind: 'refuse';
  readonly handoff: number;
  /** the client may be bound to the acceptor: the donor has to take it back */
  readonly bound: boolean;
  readonly reason: string;
}

export interface InitFrame {
  readonly kind: 'init';
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** sequence number of the last Binding Update that the client accepted */
  readonly sequence: number;
  readonly tcpState: Uint8Array;
  readonly applicationState: Uint8Array;
}

const frameTypes = {
  hello: 1,
  prepare: 2,
  init: 3,
  done: 4,
  refuse: 5,
  cancel: 6,
  released: 7,
  padding: 8,
} as const;
const addressLength = 16;
const maximumFrameLength = 16 * 1024 * 1024;

/** One frame as octets, its length in front. */
export function encodeFrame(frame: ChannelFrame): Uint8Array {
  const body = encodeBody(frame);
  const bytes = Buffer.alloc(5 + body.length);
  bytes.writeUInt32BE(body.length + 1, 0);
  bytes.writeUInt8(frameTypes[frame.kind], 4);
  bytes.set(body, 5);
  return bytes;
}

/** Cuts a byte stream into frames. Throws ProtocolError on an illegal frame: the channel is then of no use. */
export class FrameReader {
  #buffered: Buffer[] = [];
  #size = 0;

  push(chunk: Uint8Array): ChannelFrame[] {
    this.#buffered.push(Buffer.from(chunk));
    this.#size += chunk.length;
    const frames: ChannelFrame[] = [];
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

function encodeBody(frame: ChannelFrame): Buffer {
  switch (frame.kind) {
    case 'hello':
      return Buffer.concat([ipv6ToBytes(frame.careOfAddress), u32(frame.incarnation)]);
    case 'prepare':
      return Buffer.concat([
        u32(frame.handoff),
        ipv6ToBytes(frame.client),
        ipv6ToBytes(frame.contactAddress),
      ]);
    case 'init':
      return Buffer.concat([
        u32(frame.handoff),
        ipv6ToBytes(frame.client),
        ipv6ToBytes(frame.contactAddress),
        u16(frame.sequence),
        u32(frame.tcpState.length),
        frame.tcpState,
        frame.applicationState,
      ]);
    case 'done':
      return Buffer.concat([u32(frame.handoff), u16(frame.sequence)]);
    case 'refuse':
      return Buffer.concat([
        u32(frame.handoff),
        Buffer.of(frame.bound ? 1 : 0),
        Buffer.from(frame.reason, 'utf8'),
      ]);
    case 'cancel':
    case 'released':
      return u32(frame.handoff);
    case 'padding':
      return Buffer.alloc(frame.octets);
    default:
      return frame satisfies never;
  }
}

function decodeFrame(bytes: Buffer): ChannelFrame {
  const body = new BodyReader(bytes.subarray(5));
  switch (bytes[4]) {
    case frameTypes.hello:
      return { kind: 'hello', careOfAddress: body.address(), incarnation: body.u32() };
    case frameTypes.prepare:
      return { kind: 'prepare', handoff: body.u32(), client: body.address(), contactAddress: body.address() };
    case frameTypes.init:
      return {
        kind: 'init',
        handoff: body.u32(),
        client: body.address(),
        contactAddress: body.address(),
        sequence: body.u16(),
        tcpState: body.bytes(body.u32()),
        applicationState: body.rest(),
      };
    case frameTypes.done:
      return { kind: 'done', handoff: body.u32(), sequence: body.u16() };
    case frameTypes.refuse:
      return {
        kind: 'refuse',
        handoff: body.u32(),
        bound: body.u8() !== 0,
        reason: body.rest().toString('utf8'),
      };
    case frameTypes.cancel:
      return { kind: 'cancel', handoff: body.u32() };
    case frameTypes.released:
      return { kind: 'released', handoff: body.u32() };
    case frameTypes.padding:
      return { kind: 'padding', octets: body.rest().length };
    default:
      throw new ProtocolError(`channel frame of unknown type ${bytes[4]}`);
  }
}

class BodyReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  bytes(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length)
      throw new ProtocolError(`channel frame ends ${end - this.#bytes.length} octets early`);
    const part = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return part;
  }

  rest(): Buffer {
    return this.bytes(this.#bytes.length - this.#offset);
  }

  u8(): number {
    return this.bytes(1).readUInt8(0);
  }

  u16(): number {
    return this.bytes(2).readUInt16BE(0);
  }

  u32(): number {
    return this.bytes(4).readUInt32BE(0);
  }

  address(): Ipv6Address {
    return ipv6FromBytes(this.bytes(addressLength));
  }
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value, 0);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
