import { type Ipv6Address, ipv6FromBytes } from '../../mip6/wire/address.ts';

interface Entry {
  readonly word0: number;
  readonly word1: number;
  readonly word2: number;
  readonly word3: number;
  readonly text: Ipv6Address;
}

const slots = 256;

/**
 * Turns address octets into canonical text, remembering the last addresses: a capture has few, on very many packets.
 * Bounded: an address that falls into a taken slot takes its place.
 */
export class AddressBook {
  readonly #entries: (Entry | undefined)[] = new Array<undefined>(slots).fill(undefined);

  /** The address at `at`; throws DecodeError when fewer than 16 octets are there. */
  read(bytes: Uint8Array, at: number): Ipv6Address {
    if (at + 16 > bytes.length) return ipv6FromBytes(bytes, at);
    const word0 = word(bytes, at);
    const word1 = word(bytes, at + 4);
    const word2 = word(bytes, at + 8);
    const word3 = word(bytes, at + 12);
    const slot = (word0 ^ Math.imul(word1, 31) ^ Math.imul(word2, 17) ^ Math.imul(word3, 5)) & (slots - 1);
    const entry = this.#entries[slot];
    if (entry?.word3 === word3 && entry.word2 === word2 && entry.word1 === word1 && entry.word0 === word0) {
      return entry.text;
    }
    const text = ipv6FromBytes(bytes, at);
    this.#entries[slot] = { word0, word1, word2, word3, text };
    return text;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
