/*
 * SHA-256 (FIPS 180-4 §6.2), which Node's own cannot be stopped and gone on with elsewhere.
 */

const BLOCK_OCTETS = 64;
const WORDS = 8;
const PRIMES = firstPrimes(64);
/** The first 32 bits of the fractional parts of the primes' cube roots, */
const ROUND = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
/** and of the first eight's square roots. */
const INITIAL = Uint32Array.from(PRIMES.slice(0, WORDS), (prime) => fraction(Math.sqrt(prime)));

/** A digest under way, whose state is octets: another machine goes on with it. */
export class ResumableSha256 {
  readonly #hash = Uint32Array.from(INITIAL);
  readonly #schedule = new Uint32Array(BLOCK_OCTETS);
  #rest = new Uint8Array(0);
  #octets = 0;

  /** From a state, as `state` gives it. Throws RangeError for octets that are none. */
  static from(state: Uint8Array): ResumableSha256 {
    const view = Buffer.from(state);
    const head = 4 * WORDS + 8;
    if (view.length < head || view.length >= head + BLOCK_OCTETS)
      throw new RangeError(`a digest's state of ${view.length} octets`);
    const digest = new ResumableSha256();
    for (let word = 0; word < WORDS; word++) digest.#hash[word] = view.readUInt32BE(4 * word);
    digest.#octets = Number(view.readBigUInt64BE(4 * WORDS));
    digest.#rest = Uint8Array.from(view.subarray(head));
    return digest;
  }

  /** octets so far */
  get octets(): number {
    return this.#octets;
  }

  /** up to 103 octets */
  get state(): Uint8Array {
    const head = Buffer.alloc(4 * WORDS + 8);
    for (const [index, word] of this.#hash.entries()) head.writeUInt32BE(word, 4 * index);
    head.writeBigUInt64BE(BigInt(this.#octets), 4 * WORDS);
    return Buffer.concat([head, this.#rest]);
  }

  update(octets: Uint8Array): this {
    const all = Buffer.concat([this.#rest, octets]);
    const whole = all.length - (all.length % BLOCK_OCTETS);
    for (let at = 0; at < whole; at += BLOCK_OCTETS) this.#block(all, at);
    this.#rest = Uint8Array.from(all.subarray(whole));
    this.#octets += octets.length;
    return this;
  }

  /** Of what has come so far, in hexadecimal digits; more may come behind it. */
  digest(): string {
    const last = ResumableSha256.from(this.state);
    const bits = BigInt(this.#octets) * 8n;
    const zeros = (2 * BLOCK_OCTETS - 9 - this.#rest.length) % BLOCK_OCTETS;
    const padding = Buffer.alloc(1 + zeros + 8);
    padding[0] = 0x80;
    padding.writeBigUInt64BE(bits, 1 + zeros);
    last.update(padding);
    return Buffer.from(last.state.subarray(0, 4 * WORDS)).toString('hex');
  }

  #block(octets: Buffer, from: number): void {
    const words = this.#schedule;
    for (let index = 0; index < 16; index++) words[index] = octets.readUInt32BE(from + 4 * index);
    for (let index = 16; index < 64; index++) {
      const [early, late] = [words[index - 15]!, words[index - 2]!];
      const first = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const second = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      words[index] = words[index - 16]! + first + words[index - 7]! + second;
    }
    let [a, b, c, d, e, f, g, h] = this.#hash as unknown as [
      ...[number, number, number, number],
      ...[number, number, number, number],
    ];
    for (let index = 0; index < 64; index++) {
      const chosen = (e & f) ^ (~e & g);
      const sum = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const one = (h + sum + chosen + ROUND[index]! + words[index]!) | 0;
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) this.#hash[index]! += word;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function fraction(value: number): number {
  return Math.floor((value % 1) * 0x1_0000_0000);
}

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++)
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  return primes;
}
