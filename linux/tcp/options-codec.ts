import { DecodeError, notRepresentable } from '../../mip6/wire/decode-error.ts';
import { concatOctets, type Field, readNumber, writeNumber } from '../../mip6/wire/octets.ts';
import {
  MOVABLE_OPTIONS,
  type MovableOption,
  type MovedOptions,
  movableOption,
  type OptionKind,
  type OptionValue,
} from './movable-options.ts';
import type { TcpConnectionState } from './state.ts';

/*
 * Socket options between members, one after the other: number of the option (u8, `MovableOption.wire`), length of its value
 * (u8), value. A number is big-endian: four octets, eight of an `unsigned long`; a name is its letters.
 */

/** In place of an option's number, without a value: the peer's window is closed (`TcpConnectionState.windowClosed`). */
const WINDOW_CLOSED = 255;
const LENGTH: Field = { name: 'length of the options', at: 0, octets: 2 };
const HEAD_OCTETS = 2;
const NUMBER_OCTETS: Readonly<Record<Exclude<OptionKind, 'name'>, number>> = { int: 4, long: 8, linger: 4 };
/** Linux `TCP_CA_NAME_MAX` with its zero at the end */
const LONGEST_NAME = 15;

/** This function is called for an option that this member does not know, with its number and its value. */
export type UnknownOption = (wire: number, value: Uint8Array) => void;

/** The length of the options (u16), and these; nothing where there are none. Throws DecodeError `not-representable`. */
export function encodeOptions(options: MovedOptions, windowClosed?: true): Uint8Array {
  if (options.size === 0 && !windowClosed) return new Uint8Array(0);
  const octets = concatOctets(
    ...[...options].map(([name, value]) => {
      const option = movableOption(name);
      const encoded = encodeValue(option, value);
      return concatOctets(Uint8Array.of(option.wire, encoded.length), encoded);
    }),
    windowClosed ? Uint8Array.of(WINDOW_CLOSED, 0) : new Uint8Array(0),
  );
  const length = new Uint8Array(LENGTH.octets);
  writeNumber(length, LENGTH, octets.length);
  return concatOctets(length, octets);
}

/**
 * The options at the end of `bytes`, from octet `at` on, with which `bytes` has to end. One that this member does not know, of
 * another release, is told and left out. Throws DecodeError.
 */
export function decodeOptions(
  bytes: Uint8Array,
  at: number,
  present: boolean,
  onUnknown: UnknownOption,
): Pick<TcpConnectionState, 'options' | 'windowClosed'> {
  const start = at + (present ? LENGTH.octets : 0);
  const end = start + (present ? readNumber(bytes, LENGTH, at) : 0);
  if (bytes.length < end)
    throw new DecodeError('truncated', 'options', `needs ${end} octets, have ${bytes.length}`, start);
  if (bytes.length > end)
    throw new DecodeError('illegal-length', 'state', `${bytes.length - end} octets too many`, end);
  if (present && end === start) throw new DecodeError('illegal-value', 'options', 'present, but none', at);
  return decodeList(bytes.subarray(start, end), start, onUnknown);
}

function decodeList(
  bytes: Uint8Array,
  at: number,
  onUnknown: UnknownOption,
): Pick<TcpConnectionState, 'options' | 'windowClosed'> {
  const values = new Map<number, OptionValue>();
  const seen = new Set<number>();
  let windowClosed = false;
  let next = 0;
  while (next < bytes.length) {
    const [wire = 0, length] = bytes.subarray(next, next + HEAD_OCTETS);
    const start = next + HEAD_OCTETS;
    const end = start + (length ?? 0);
    if (length === undefined || end > bytes.length)
      throw new DecodeError(
        'truncated',
        'socket option',
        `option ${wire} ends beyond the options`,
        at + next,
      );
    const value = bytes.subarray(start, end);
    const option = MOVABLE_OPTIONS.find((known) => known.wire === wire);
    if (seen.has(wire))
      throw new DecodeError('illegal-value', 'socket option', `option ${wire} comes twice`, at + next);
    seen.add(wire);
    if (wire === WINDOW_CLOSED && value.length > 0)
      throw new DecodeError('illegal-length', 'closed window', `${value.length} octets, not 0`, at + start);
    if (wire === WINDOW_CLOSED) windowClosed = true;
    else if (option === undefined) onUnknown(wire, value);
    else values.set(wire, decodeValue(option, value, at + start));
    next = end;
  }
  // In the table's order, which is that of setting them.
  const options: MovedOptions = new Map(
    MOVABLE_OPTIONS.flatMap(({ name, wire }) => (values.has(wire) ? [[name, values.get(wire)!]] : [])),
  );
  return windowClosed ? { options, windowClosed } : { options };
}

function encodeValue({ name, kind }: MovableOption, value: OptionValue): Uint8Array {
  if (kind === 'name') {
    const text = String(value);
    if (isName(text)) return Buffer.from(text, 'latin1');
    throw notRepresentable(name, `'${text}' is no name of 1 to ${LONGEST_NAME} letters`);
  }
  const octets = NUMBER_OCTETS[kind];
  const number = BigInt(value);
  const unsigned = BigInt.asUintN(octets * 8, number);
  if (unsigned !== number && BigInt.asIntN(octets * 8, number) !== number)
    throw notRepresentable(name, `${value} does not fit ${octets} octets`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(unsigned);
  return bytes.subarray(8 - octets);
}

function decodeValue({ name, kind }: MovableOption, octets: Uint8Array, at: number): OptionValue {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (kind === 'name') {
    const text = bytes.toString('latin1');
    if (isName(text)) return text;
    throw new DecodeError('illegal-value', name, `no name of 1 to ${LONGEST_NAME} letters`, at);
  }
  const expected = NUMBER_OCTETS[kind];
  if (bytes.length !== expected)
    throw new DecodeError('illegal-length', name, `${bytes.length} octets, not ${expected}`, at);
  return kind === 'long' ? bytes.readBigUInt64BE(0) : BigInt(bytes.readInt32BE(0));
}

/** A name of a congestion control goes to the kernel, which may look for a module of that name. */
function isName(text: string): boolean {
  return /^[\w.-]{1,15}$/.test(text);
}
