import { DecodeError, notRepresentable } from './decode-error.ts';

/** One fixed field of a format: its name in messages, its offset in the format and its width, both in octets. */
export interface Field {
  readonly name: string;
  readonly at: number;
  readonly octets: number;
}

/** Throws DecodeError `truncated` unless `field` lies wholly inside `bytes`; `base` is where the format starts. */
export function requireField(bytes: Uint8Array, field: Field, base = 0): void {
  const end = base + field.at + field.octets;
  if (bytes.length < end) {
    throw new DecodeError(
      'truncated',
      field.name,
      `needs ${end} octets, have ${bytes.length}`,
      base + field.at,
    );
  }
}

export function equalOctets(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((octet, index) => octet === right[index]);
}

/** An unsigned big-endian number of 1 to 4 octets. */
export function readNumber(bytes: Uint8Array, field: Field, base = 0): number {
  requireField(bytes, field, base);
  const start = base + field.at;
  let value = 0;
  for (let at = start; at < start + field.octets; at++) value = value * 256 + bytes[at]!;
  return value;
}

/** A copy of the field's octets, never a shorter one. */
export function readOctets(bytes: Uint8Array, field: Field, base = 0): Uint8Array {
  requireField(bytes, field, base);
  return new Uint8Array(bytes.subarray(base + field.at, base + field.at + field.octets));
}

/** Writes an unsigned big-endian number; throws DecodeError `not-representable` when it does not fit. */
export function writeNumber(bytes: Uint8Array, field: Field, value: number, base = 0): void {
  requireField(bytes, field, base);
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** field.octets) {
    throw notRepresentable(field.name, `${value} is not an unsigned number of ${field.octets} octets`);
  }
  let rest = value;
  for (let at = base + field.at + field.octets - 1; at >= base + field.at; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** Writes exactly the field's width; throws DecodeError `not-representable` for any other length. */
export function writeOctets(bytes: Uint8Array, field: Field, value: Uint8Array, base = 0): void {
  requireField(bytes, field, base);
  requireLength(field.name, value, field.octets);
  bytes.set(value, base + field.at);
}

/** Throws DecodeError `not-representable` unless `value` is exactly `octets` long. */
export function requireLength(name: string, value: Uint8Array, octets: number): void {
  if (value.length !== octets) {
    throw notRepresentable(name, `must be ${octets} octets, is ${value.length}`);
  }
}

/** One array out of several. */
export function concatOctets(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
