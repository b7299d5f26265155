import { getOption, setOption } from '../socket-libc.ts';
import type { MovableOption, OptionKind, OptionValue } from './movable-options.ts';

/** Octets of a value in the kernel's form (Linux `TCP_CA_NAME_MAX`, `struct linger`). */
const OCTETS: Readonly<Record<OptionKind, number>> = { int: 4, long: 8, name: 16, linger: 8 };

/** The option's value now; undefined: lingering is off. Throws LabError where the kernel does not have the option. */
export function optionValue(descriptor: number, option: MovableOption): OptionValue | undefined {
  return fromKernel(option.kind, getOption(descriptor, option, OCTETS[option.kind]));
}

/** Gives the option this value. Throws LabError. */
export function setOptionValue(descriptor: number, option: MovableOption, value: OptionValue): void {
  setOption(descriptor, option, toKernel(option.kind, value));
}

function fromKernel(kind: OptionKind, octets: Buffer): OptionValue | undefined {
  switch (kind) {
    case 'int':
      // Some IPv6 options are given in one octet to who offers no more.
      return BigInt(octets.readInt32LE(0));
    case 'long':
      return octets.readBigUInt64LE(0);
    case 'name':
      return octets.toString('latin1').replace(/\0.*$/s, '');
    case 'linger':
      return octets.readInt32LE(0) === 0 ? undefined : BigInt(octets.readInt32LE(4));
    default:
      return kind satisfies never;
  }
}

function toKernel(kind: OptionKind, value: OptionValue): Buffer {
  const octets = Buffer.alloc(
    kind === 'name' ? Buffer.byteLength(String(value), 'latin1') + 1 : OCTETS[kind],
  );
  switch (kind) {
    case 'int':
      octets.writeInt32LE(Number(BigInt.asIntN(32, BigInt(value))), 0);
      break;
    case 'long':
      octets.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 0);
      break;
    case 'name':
      octets.write(String(value), 'latin1');
      break;
    case 'linger':
      octets.writeInt32LE(1, 0);
      octets.writeInt32LE(Number(value), 4);
      break;
    default:
      kind satisfies never;
  }
  return octets;
}
