import koffi from 'koffi';
import { type Ipv6Address, ipv6ToBytes } from '../mip6/wire/address.ts';
import { setOption } from './socket-libc.ts';
import { SO_ATTACH_FILTER } from './socket-options.ts';

/** How many instructions to skip, or straight to the end, where packets are dropped. */
type Jump = number | 'drop';

/** One classic BPF instruction (`linux/filter.h`): operation, operand, and where to go on by its outcome. */
export interface FilterInstruction {
  readonly code: number;
  readonly operand: number;
  readonly whenTrue?: Jump;
  readonly whenFalse?: Jump;
}

/** The kernel's own offset for a packet's type; OUTGOING is that of packets which this node sends. */
export const PACKET_TYPE = -0x1000 + 4;
export const OUTGOING = 4;
/** The kernel's own offset for the index of the interface that a packet came in by. */
export const ARRIVAL_INTERFACE = -0x1000 + 8;

const INSTRUCTION_OCTETS = 8;
const PROGRAM_OCTETS = 16;
const RETURN: Readonly<Record<'code', number>> = { code: 0x06 };

/** Drops every packet. */
export const DROP_ALL: readonly FilterInstruction[] = [];

/** Loads 1, 2 or 4 octets at `offset`, big-endian; behind the index register's value when `indexed`. */
export function load(octets: 1 | 2 | 4, offset: number, indexed = false): FilterInstruction {
  const width = { 1: 0x10, 2: 0x08, 4: 0x00 }[octets];
  return { code: (indexed ? 0x40 : 0x20) | width, operand: offset };
}

/** Sets the index register. */
export function setIndex(value: number): FilterInstruction {
  return { code: 0x01, operand: value };
}

/** Takes `value` from what is loaded, modulo 2³². */
export function subtract(value: number): FilterInstruction {
  return { code: 0x14, operand: value };
}

/** Loads the length of the packet. */
export const loadLength: FilterInstruction = { code: 0x80, operand: 0 };

/** Sets the index register to `(loaded & mask) >> shift`. */
export function setIndexFromBits(mask: number, shift: number): readonly FilterInstruction[] {
  return [
    { code: 0x54, operand: mask },
    { code: 0x74, operand: shift },
    { code: 0x07, operand: 0 },
  ];
}

/** Takes the index register's value from what is loaded. */
export const subtractIndex: FilterInstruction = { code: 0x1c, operand: 0 };

/** Goes on by whether `value` is loaded. */
export function ifEqual(value: number, whenTrue: Jump, whenFalse: Jump): FilterInstruction {
  return { code: 0x15, operand: value, whenTrue, whenFalse };
}

/** Goes on by whether any bit of `mask` is set in what is loaded. */
export function ifAnyBit(mask: number, whenTrue: Jump, whenFalse: Jump): FilterInstruction {
  return { code: 0x45, operand: mask, whenTrue, whenFalse };
}

/** Skips `count` instructions. */
export function skip(count: number): FilterInstruction {
  return { code: 0x05, operand: count };
}

/** Lets the packet's first `octets` pass. */
export function accept(octets: number): FilterInstruction {
  return { ...RETURN, operand: octets };
}

/** Lets `octets` of the packet pass, 0 for none, when this address stands at `offset`; else goes on behind the block. 9 instructions. */
export function whenAddress(
  address: Ipv6Address,
  offset: number,
  octets: number,
): readonly FilterInstruction[] {
  const bytes = Buffer.from(ipv6ToBytes(address));
  const compare = [0, 4, 8, 12].flatMap((at) => [
    load(4, offset + at),
    ifEqual(bytes.readUInt32BE(at), 0, 7 - at / 2),
  ]);
  return [...compare, accept(octets)];
}

/** A filter has 4096 instructions at most: so many addresses have their block in one, and something else besides. */
export const MOST_ADDRESSES = 400;

/** Attaches a filter to a socket in one step, in place of any before; packets already queued stay. Throws LabError. */
export function attachFilter(descriptor: number, program: readonly FilterInstruction[]): void {
  setOption(descriptor, SO_ATTACH_FILTER, filterProgram(program));
}

/**
 * `struct sock_fprog`, with its instructions behind it in the same memory. The kernel follows the pointer from one to the other; both are one piece of memory, so that it lives
 * as long as the call that is given it. Of two pieces the second has no reader any more once its address is taken: a collection of garbage in between gave it
 * away, and the kernel read what stood there next.
 */
export function filterProgram(program: readonly FilterInstruction[]): Buffer {
  const instructions = [...program, accept(0)];
  // A memory of its own, which the collector does not move as it may a small buffer's.
  const whole = Buffer.from(new ArrayBuffer(PROGRAM_OCTETS + instructions.length * INSTRUCTION_OCTETS));
  for (const [index, { code: operation, operand, whenTrue, whenFalse }] of instructions.entries()) {
    const at = PROGRAM_OCTETS + index * INSTRUCTION_OCTETS;
    const toDrop = program.length - index - 1;
    whole.writeUInt16LE(operation, at);
    whole.writeUInt8(whenTrue === 'drop' ? toDrop : (whenTrue ?? 0), at + 2);
    whole.writeUInt8(whenFalse === 'drop' ? toDrop : (whenFalse ?? 0), at + 3);
    whole.writeUInt32LE(operand >>> 0, at + 4);
  }
  whole.writeUInt16LE(instructions.length, 0);
  whole.writeBigUInt64LE(koffi.address(whole) + BigInt(PROGRAM_OCTETS), 8);
  return whole.subarray(0, PROGRAM_OCTETS);
}
