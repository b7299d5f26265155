import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { LabError } from '../lab-error.ts';

/** What each field type is in TypeScript. `be…` are in network order, the others in the host's (little-endian here). */
interface FieldValues {
  u8: number;
  u16: number;
  u32: number;
  s32: number;
  be16: number;
  be32: number;
  u64: bigint;
  ipv6: Ipv6Address;
}

type Fields = Readonly<Record<string, readonly [offset: number, type: keyof FieldValues]>>;

/** A C structure: its size and its fields' offsets, in octets, as on 64-bit Linux. */
interface Layout<F extends Fields> {
  readonly name: string;
  readonly size: number;
  readonly fields: F;
}

type ValuesOf<F extends Fields> = { readonly [K in keyof F]: FieldValues[F[K][1]] };

/** Ties a layout to its literal types. */
export function layout<const F extends Fields>(name: string, size: number, fields: F): Layout<F> {
  return { name, size, fields };
}

/** A fresh structure; fields not given are zero. */
export function emitStruct<F extends Fields>(shape: Layout<F>, values: Partial<ValuesOf<F>>): Uint8Array {
  const octets = new Uint8Array(shape.size);
  for (const [name, [offset, type]] of Object.entries(shape.fields)) {
    const value = values[name];
    if (value !== undefined) writeField(octets, offset, type, value);
  }
  return octets;
}

/** The structure at the start of `octets`; throws LabError when they are fewer than its size. */
export function parseStruct<F extends Fields>(shape: Layout<F>, octets: Uint8Array): ValuesOf<F> {
  if (octets.length < shape.size) {
    throw new LabError(
      `netlink: ${shape.name} needs ${shape.size} octets, the kernel sent ${octets.length}`,
      {
        remedy: 'run on 64-bit Linux, whose structures these layouts describe',
      },
    );
  }
  const entries = Object.entries(shape.fields).map(([name, [offset, type]]) => [
    name,
    readField(octets, offset, type),
  ]);
  return Object.fromEntries(entries) as ValuesOf<F>;
}

function writeField(
  octets: Uint8Array,
  at: number,
  type: keyof FieldValues,
  value: number | bigint | Ipv6Address,
) {
  if (type === 'ipv6') return void octets.set(ipv6ToBytes(value as Ipv6Address), at);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  if (type === 'u64') return view.setBigUint64(at, value as bigint, true);
  const number = value as number;
  switch (type) {
    case 'u8':
      return view.setUint8(at, number);
    case 'u16':
      return view.setUint16(at, number, true);
    case 'u32':
      return view.setUint32(at, number, true);
    case 's32':
      return view.setInt32(at, number, true);
    case 'be16':
      return view.setUint16(at, number, false);
    case 'be32':
      return view.setUint32(at, number, false);
    default:
      return type satisfies never;
  }
}

function readField(octets: Uint8Array, at: number, type: keyof FieldValues): number | bigint | Ipv6Address {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  switch (type) {
    case 'u8':
      return view.getUint8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 's32':
      return view.getInt32(at, true);
    case 'be16':
      return view.getUint16(at, false);
    case 'be32':
      return view.getUint32(at, false);
    case 'u64':
      return view.getBigUint64(at, true);
    case 'ipv6':
      return ipv6FromBytes(octets, at);
    default:
      return type satisfies never;
  }
}
