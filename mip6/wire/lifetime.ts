import { notRepresentable } from './decode-error.ts';
import { type Field, readNumber, writeNumber } from './octets.ts';

/** RFC 6275 §6.1.7, §6.1.8, §6.2.4: one unit of a lifetime or refresh interval on the wire, in seconds. */
const LIFETIME_UNIT_SECONDS = 4;
/** The longest lifetime the 16-bit field can say, in seconds. */
const MAX_LIFETIME_SECONDS = 0xffff * LIFETIME_UNIT_SECONDS;

/** The longest lifetime with a wire form that is not above `seconds` (0 for less than one unit). */
export function floorLifetime(seconds: number): number {
  const bounded = Math.min(Math.max(seconds, 0), MAX_LIFETIME_SECONDS);
  return Math.floor(bounded / LIFETIME_UNIT_SECONDS) * LIFETIME_UNIT_SECONDS;
}

/** Reads a field of 4-second units, in seconds. */
export function readLifetime(bytes: Uint8Array, field: Field, base = 0): number {
  return readNumber(bytes, field, base) * LIFETIME_UNIT_SECONDS;
}

/** Writes seconds as 4-second units; throws DecodeError `not-representable` unless they are a multiple that fits. */
export function writeLifetime(bytes: Uint8Array, field: Field, seconds: number, base = 0): void {
  if (!Number.isInteger(seconds) || seconds % LIFETIME_UNIT_SECONDS !== 0) {
    throw notRepresentable(field.name, `${seconds} seconds is not a multiple of ${LIFETIME_UNIT_SECONDS}`);
  }
  writeNumber(bytes, field, seconds / LIFETIME_UNIT_SECONDS, base);
}
