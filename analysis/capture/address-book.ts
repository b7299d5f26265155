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
    const slot = slotOf(word0, word1, word2, word3);
    const entry = this.#entries[slot];
    if (entry?.word3 === word3 && entry.word2 === word2 && entry.word1 === word1 && entry.word0 === word0) {
      return entry.text;
    }
    const text = ipv6FromBytes(bytes, at);
    this.#entries[slot] = { word0, word1, word2, word3, text };
    return text;
  }
}

/**
 * Addresses of a network differ in few bits, the subnet's in the upper half of a word: all of a testbed's hosts `::2` stood in one slot once, and
 * took it from each other with every packet. Multiplied by odd numbers they differ in the uppermost bits, which choose.
 */
export function slotOf(word0: number, word1: number, word2: number, word3: number): number {
  const mixed =
    Math.imul(word0, 0x9e3779b1) ^
    Math.imul(word1, 0x85ebca6b) ^
    Math.imul(word2, 0xc2b2ae35) ^
    Math.imul(word3, 0x27d4eb2f);
  return mixed >>> (32 - Math.log2(slots));
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
