/**
 * The document that the lab's server delivers: any octet can be computed from its offset alone, so every member
 * holds the same document without a file, and a shifted, missing or doubled octet changes the hash.
 */
const wordLength = 8;

/** Octets [start, end) of the document. */
export function documentPart(start: number, end: number): Buffer {
  const firstWord = Math.floor(start / wordLength);
  const lastWord = Math.ceil(end / wordLength);
  const words = Buffer.alloc((lastWord - firstWord) * wordLength);
  for (let word = firstWord; word < lastWord; word++) {
    const at = (word - firstWord) * wordLength;
    words.writeUInt32BE(word >>> 0, at);
    words.writeUInt32BE(Math.imul(word + 1, 0x9e3779b1) >>> 0, at + 4);
  }
  return words.subarray(start - firstWord * wordLength, end - firstWord * wordLength);
}
