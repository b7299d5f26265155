import { openStored, type StoredReader } from '../stored-file.ts';

const chunkOctets = 1 << 20;

/**
 * A file's octets, front to back, through a window of about 1 MiB; of a compressed one those that it stands for.
 *
 * Every refill takes a fresh buffer, so views handed out earlier stay valid for as long as somebody holds them.
 */
export class FileOctets implements Disposable {
  readonly #file: StoredReader;
  #chunk = new Uint8Array(0);
  #view = new DataView(this.#chunk.buffer);
  #at = 0;
  #end = 0;
  #chunkOffset = 0;

  constructor(path: string) {
    this.#file = openStored(path);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** The offset in the file of the next octet. */
  get offset(): number {
    return this.#chunkOffset + this.#at;
  }

  /** Octets at hand without reading on. */
  get available(): number {
    return this.#end - this.#at;
  }

  /** Makes the next `count` octets available; false when the file ends before. */
  require(count: number): boolean {
    return this.available >= count || this.#refill(count);
  }

  u8(at: number): number {
    return this.#chunk[this.#at + at]!;
  }

  u16(at: number, littleEndian: boolean): number {
    return this.#view.getUint16(this.#at + at, littleEndian);
  }

  u32(at: number, littleEndian: boolean): number {
    return this.#view.getUint32(this.#at + at, littleEndian);
  }

  /** A view, not a copy. */
  slice(start: number, end: number): Uint8Array {
    return this.#chunk.subarray(this.#at + start, this.#at + end);
  }

  advance(count: number): void {
    this.#at += count;
  }

  #refill(count: number): boolean {
    const rest = this.#chunk.subarray(this.#at, this.#end);
    const next = new Uint8Array(Math.max(chunkOctets, count));
    next.set(rest);
    this.#chunkOffset += this.#at;
    this.#chunk = next;
    this.#view = new DataView(next.buffer);
    this.#at = 0;
    this.#end = rest.length;
    while (this.#end < next.length) {
      const read = this.#file.read(next, this.#end);
      if (read === 0) break;
      this.#end += read;
    }
    return this.#end >= count;
  }
}
