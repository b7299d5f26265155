import koffi from 'koffi';
import { receiveMessage, sendMessage } from './socket-libc.ts';
import type { SocketOption } from './socket-options.ts';

/** One control message (RFC 3542 §20.1): `data` is a view of the receive buffer, valid until the next receive. */
interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: Buffer;
}

/** What recvmsg(2) brought; all buffers are views, valid until the next receive. */
export interface ReceivedMessage {
  readonly name: Buffer;
  readonly data: Buffer;
  readonly controls: readonly ControlMessage[];
}

/** `struct msghdr` on 64-bit Linux: offsets and size in octets. */
const MSGHDR = {
  name: 0,
  nameLength: 8,
  iov: 16,
  iovCount: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  octets: 56,
};
const IOVEC = { base: 0, length: 8, octets: 16 };
const CMSGHDR = { length: 0, level: 8, type: 12, octets: 16 };
const NAME_OCTETS = 128;
const CONTROL_OCTETS = 1024;

/**
 * The buffers of one recvmsg(2) or sendmsg(2), laid out once and used again: koffi then passes one pointer and
 * nothing is allocated per packet. They are one piece of memory, so that it lives as long as a call that is given any part of it, and is not moved.
 */
export class MessageBuffers {
  readonly #header: Buffer;
  readonly #vector: Buffer;
  readonly #name: Buffer;
  readonly #control: Buffer;
  readonly #data: Buffer;

  /** `dataOctets`: the longest message; a longer one is cut. */
  constructor(dataOctets: number) {
    const lengths = [MSGHDR.octets, IOVEC.octets, NAME_OCTETS, CONTROL_OCTETS, Math.max(1, dataOctets)];
    const [header, vector, name, control, data] = pieces(lengths);
    this.#header = header!;
    this.#vector = vector!;
    this.#name = name!;
    this.#control = control!;
    this.#data = data!;
    point(this.#header, MSGHDR.name, this.#name);
    point(this.#header, MSGHDR.iov, this.#vector);
    point(this.#header, MSGHDR.control, this.#control);
    point(this.#vector, IOVEC.base, this.#data);
    this.#header.writeBigUInt64LE(1n, MSGHDR.iovCount);
  }

  /** The next message, or undefined when none waits; `flags` as recvmsg(2)'s. Throws LabError. */
  receive(descriptor: number, flags: number, what: string): ReceivedMessage | undefined {
    this.#setLengths(NAME_OCTETS, this.#data.length, CONTROL_OCTETS);
    const length = receiveMessage(descriptor, this.#header, flags, what);
    if (length < 0) return undefined;
    return {
      name: this.#name.subarray(0, this.#header.readUInt32LE(MSGHDR.nameLength)),
      data: this.#data.subarray(0, length),
      controls: parseControls(
        this.#control.subarray(0, Number(this.#header.readBigUInt64LE(MSGHDR.controlLength))),
      ),
    };
  }

  /** Sends one datagram to the encoded address `name`; false when the socket's buffer is full. Throws LabError. */
  send(descriptor: number, name: Buffer, octets: Uint8Array, control: Buffer, what: string): boolean {
    this.#name.set(name);
    this.#data.set(octets);
    this.#control.set(control);
    this.#setLengths(name.length, octets.length, control.length);
    return sendMessage(descriptor, this.#header, what) >= 0;
  }

  #setLengths(name: number, data: number, control: number): void {
    this.#header.writeUInt32LE(name, MSGHDR.nameLength);
    this.#vector.writeBigUInt64LE(BigInt(data), IOVEC.length);
    this.#header.writeBigUInt64LE(BigInt(control), MSGHDR.controlLength);
    this.#header.writeInt32LE(0, MSGHDR.flags);
  }
}

/** One control message for sendmsg(2), padded so that another may follow. */
export function encodeControl(option: SocketOption, data: Uint8Array): Buffer {
  const octets = Buffer.alloc(aligned(CMSGHDR.octets + data.length));
  octets.writeBigUInt64LE(BigInt(CMSGHDR.octets + data.length), CMSGHDR.length);
  octets.writeInt32LE(option.level, CMSGHDR.level);
  octets.writeInt32LE(option.number, CMSGHDR.type);
  octets.set(data, CMSGHDR.octets);
  return octets;
}

/** The data of the first control message of that kind. */
export function findControl(controls: readonly ControlMessage[], option: SocketOption): Buffer | undefined {
  return controls.find(({ level, type }) => level === option.level && type === option.number)?.data;
}

function parseControls(octets: Buffer): ControlMessage[] {
  const controls: ControlMessage[] = [];
  let at = 0;
  while (at + CMSGHDR.octets <= octets.length) {
    const length = Number(octets.readBigUInt64LE(at + CMSGHDR.length));
    if (length < CMSGHDR.octets || at + length > octets.length) break;
    controls.push({
      level: octets.readInt32LE(at + CMSGHDR.level),
      type: octets.readInt32LE(at + CMSGHDR.type),
      data: octets.subarray(at + CMSGHDR.octets, at + length),
    });
    at += aligned(length);
  }
  return controls;
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** One piece of memory, cut into parts of these lengths. */
function pieces(lengths: readonly number[]): readonly Buffer[] {
  const whole = new ArrayBuffer(lengths.reduce((sum, length) => sum + length, 0));
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return Buffer.from(whole, end - length, length);
  });
}

function point(target: Buffer, at: number, to: Buffer): void {
  target.writeBigUInt64LE(koffi.address(to), at);
}
