/** A small seeded generator (xorshift32): the same seed gives the same numbers on every machine. */
export function seededNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0 || 0x9e3779b9;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const INTERESTING = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x08, 0x0c, 0x10, 0x3b, 0x3c, 0x2b, 0x2c, 0x29, 0x87, 0x7f, 0x80,
  0xc9, 0xff,
];
const MAX_EDITS = 4;

/** `input` after one to four edits: bits flipped, octets set, inserted or removed, cut short, spliced with `other`. */
export function mutate(input: Uint8Array, other: Uint8Array, number: (below: number) => number): Uint8Array {
  let octets = [...input];
  for (let edits = 1 + number(MAX_EDITS); edits > 0; edits--) octets = edit(octets, other, number);
  return Uint8Array.from(octets);
}

function edit(octets: number[], other: Uint8Array, number: (below: number) => number): number[] {
  const at = number(octets.length + 1);
  const value = INTERESTING[number(INTERESTING.length)]!;
  switch (number(8)) {
    case 0:
      return octets.slice(0, at);
    case 1:
      return [...octets.slice(0, at), ...other.subarray(number(other.length + 1))];
    case 2:
      return octets.toSpliced(at, 0, value);
    case 3:
      return octets.toSpliced(at, number(9));
    case 4:
      return octets.map((octet, index) => (index === at ? value : octet));
    case 5:
      return octets.map((octet, index) => (index === at ? number(256) : octet));
    default:
      return octets.map((octet, index) => (index === at ? octet ^ (1 << number(8)) : octet));
  }
}
