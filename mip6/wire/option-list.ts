import { DecodeError } from './decode-error.ts';
import { concatOctets } from './octets.ts';

/*
 * The list of type-length-data options which Mobility Headers (RFC 6275 §6.2.1) and Hop-by-Hop and Destination
 * Options headers (RFC 8200 §4.2) share, with the same two paddings:
 *
 *   Pad1: one octet, 0, without length or data
 *   PadN: 1, N−2, then N−2 octets that a sender sets to zero and a receiver does not look at
 */
const PAD1 = 0;
const PADN = 1;
const TYPE_AND_LENGTH_OCTETS = 2;
const UNIT_OCTETS = 8;

/** One option as found: `at` is its type octet, `end` the octet behind it, `data` a view into the input. */
export interface RawOption {
  readonly type: number;
  readonly at: number;
  readonly end: number;
  readonly data: Uint8Array;
}

/** One option ready to be placed: its type octet goes to an offset of the form multiple·n + plus. */
export interface EncodedOption {
  readonly octets: Uint8Array;
  readonly alignment: { readonly multiple: number; readonly plus: number };
}

/** Every option between octets `start` and `end`, padding skipped; throws DecodeError when one overruns `end`. */
export function* walkOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  name: string,
): Generator<RawOption> {
  let at = start;
  while (at < end) {
    const type = bytes[at]!;
    if (type === PAD1) {
      at += 1;
      continue;
    }
    const next = at + TYPE_AND_LENGTH_OCTETS + (at + 1 < end ? bytes[at + 1]! : 0);
    if (next > end) {
      throw new DecodeError(
        'illegal-length',
        name,
        `type ${type} reaches behind octet ${end}, the header's end`,
        at,
      );
    }
    if (type !== PADN) {
      yield { type, at, end: next, data: bytes.subarray(at + TYPE_AND_LENGTH_OCTETS, next) };
    }
    at = next;
  }
}

/** The options in order, padded to their alignments and to a multiple of 8, where the list starts at offset `start`. */
export function emitOptionList(options: readonly EncodedOption[], start: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = start;
  for (const { octets, alignment } of options) {
    const gap = distance(at, alignment.multiple, alignment.plus);
    parts.push(padding(gap), octets);
    at += gap + octets.length;
  }
  parts.push(padding(distance(at, UNIT_OCTETS, 0)));
  return concatOctets(...parts);
}

function distance(at: number, multiple: number, plus: number): number {
  return (((plus - at) % multiple) + multiple) % multiple;
}

function padding(octets: number): Uint8Array {
  if (octets === 0) return new Uint8Array();
  const pad = new Uint8Array(octets);
  if (octets > 1) pad.set([PADN, octets - TYPE_AND_LENGTH_OCTETS]);
  return pad;
}
