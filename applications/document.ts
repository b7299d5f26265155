/**
 * The document that the lab's server delivers: any octet can be computed from its offset alone, so every member
 * holds the same document without a file, and a shifted, missing or doubled octet changes the hash. There are as many documents as 32-bit
 * numbers, no two with a word in common at one place, so that octets of another connection are found.
 */
const wordLength = 8;

/** Octets [start, end) of the document with this number. */
export function documentPart(start: number, end: number, number = 0): Buffer {
  const mark = Math.imul(number, 0x85ebca6b);
  const firstWord = Math.floor(start / wordLength);
  const lastWord = Math.ceil(end / wordLength);
  const words = Buffer.alloc((lastWord - firstWord) * wordLength);
  for (let word = firstWord; word < lastWord; word++) {
    const at = (word - firstWord) * wordLength;
    words.writeUInt32BE((word ^ mark) >>> 0, at);
    words.writeUInt32BE((Math.imul(word + 1, 0x9e3779b1) ^ mark) >>> 0, at + 4);
  }
  return words.subarray(start - firstWord * wordLength, end - firstWord * wordLength);
}
