import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { IPV6_ADDRESS_OCTETS, type Ipv6Address, ipv6FromBytes } from '../../mip6/wire/address.ts';
import { LONGEST_TEXT_OCTETS } from './frame-limits.ts';

/** Reads the body of a channel frame from front to back. Throws ProtocolError where it ends early. */
export class FrameOctets {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  bytes(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length)
      throw new ProtocolError(`channel frame ends ${end - this.#bytes.length} octets early`);
    const part = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return part;
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
    return ipv6FromBytes(this.bytes(IPV6_ADDRESS_OCTETS));
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }

  /** Octets with their number in front (u8). */
  string(): Buffer {
    return this.bytes(this.u8());
  }

  /** octets that have not been read yet */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Nothing is left. */
  get isEmpty(): boolean {
    return this.left === 0;
  }

  /** Throws ProtocolError when something is left. */
  end(): void {
    if (!this.isEmpty) throw new ProtocolError(`channel frame has ${this.left} octets too many`);
  }
}

/** Throws ProtocolError, as the others do, when the value has no such form. */
export function u8(value: number): Buffer {
  return Buffer.of(unsigned(value, 8));
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(unsigned(value, 16), 0);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(unsigned(value, 32), 0);
  return bytes;
}

function unsigned(value: number, bits: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** bits) return value;
  throw new ProtocolError(`${value} in a channel frame is not an unsigned number of ${bits} bits`);
}

/** At most 255 octets with their number in front. */
export function string(bytes: Uint8Array): Buffer {
  return Buffer.concat([u8(bytes.length), bytes]);
}

/** `words` as UTF-8, whole characters, as far as a frame has room for them. */
export function text(words: string): Buffer {
  const bytes = Buffer.alloc(LONGEST_TEXT_OCTETS);
  return bytes.subarray(0, new TextEncoder().encodeInto(words, bytes).written);
}

/** The value with this number. Throws ProtocolError when there is none. */
export function oneOf<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new ProtocolError(`channel frame with an unknown value ${index}`);
  return value;
}
