import { notRepresentable } from './decode-error.ts';
import { readNumber, writeNumber } from './octets.ts';

/** A Fragment header: this packet carries a piece of a larger one. */
export interface FragmentHeader {
  readonly kind: 'fragment';
  /** octets, a multiple of 8 */
  readonly offset: number;
  readonly moreFragments: boolean;
  readonly identification: number;
}

/*
 * Fragment header, RFC 8200 §4.5: always 8 octets.
 *
 *   octet  width  field
 *   0      1      Next Header of the whole packet's fragmentable part
 *   1      1      reserved
 *   2      2      Fragment Offset (13 bit, units of 8 octets), reserved (2 bit), M: more fragments (1 bit)
 *   4      4      Identification
 */
export const FRAGMENT_LAYOUT = {
  nextHeader: { name: 'Next Header', at: 0, octets: 1 },
  offset: { name: 'Fragment Offset', at: 2, octets: 2 },
  identification: { name: 'Identification', at: 4, octets: 4 },
} as const;
const HEADER_OCTETS = 8;
const UNIT_OCTETS = 8;
/** Bits of the field with the offset. */
export const MORE_FRAGMENTS = 0x0001;
export const FRAGMENT_OFFSET_MASK = 0xfff8;

/** The Fragment header at octet `at`; throws DecodeError `truncated`. */
export function parseFragmentHeader(bytes: Uint8Array, at: number): FragmentHeader {
  const field = readNumber(bytes, FRAGMENT_LAYOUT.offset, at);
  return {
    kind: 'fragment',
    offset: field & FRAGMENT_OFFSET_MASK,
    moreFragments: (field & MORE_FRAGMENTS) !== 0,
    identification: readNumber(bytes, FRAGMENT_LAYOUT.identification, at),
  };
}

/** The header's 8 octets; throws DecodeError `not-representable`. */
export function emitFragmentHeader(header: FragmentHeader, nextHeader: number): Uint8Array {
  if (header.offset % UNIT_OCTETS !== 0) {
    throw notRepresentable(
      FRAGMENT_LAYOUT.offset.name,
      `${header.offset} is not a multiple of ${UNIT_OCTETS}`,
    );
  }
  const bytes = new Uint8Array(HEADER_OCTETS);
  writeNumber(bytes, FRAGMENT_LAYOUT.nextHeader, nextHeader);
  writeNumber(bytes, FRAGMENT_LAYOUT.offset, header.offset + (header.moreFragments ? MORE_FRAGMENTS : 0));
  writeNumber(bytes, FRAGMENT_LAYOUT.identification, header.identification);
  return bytes;
}
