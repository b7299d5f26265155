/**
 * Which octets of one direction of a TCP connection have been seen, whatever the order and however often.
 *
 * Offsets count from the octet with sequence number `first`; sequence numbers are unwrapped modulo 2³², right as long as
 * a segment is less than 2 GiB away from where the seen octets end.
 */
export class SequenceCoverage {
  readonly #first: number;
  #contiguous = 0;
  /** disjoint ranges behind the first hole, ascending */
  #islands: { start: number; end: number }[] = [];

  constructor(first: number) {
    this.#first = first;
  }

  /** Octets from the first on without a hole. */
  get contiguous(): number {
    return this.#contiguous;
  }

  /** All distinct octets. */
  get covered(): number {
    return this.#islands.reduce((sum, island) => sum + island.end - island.start, this.#contiguous);
  }

  get hasHole(): boolean {
    return this.#islands.length > 0;
  }

  /** May be negative: an octet before the first. */
  offsetOf(sequence: number): number {
    return this.#contiguous + ((sequence - this.#first - this.#contiguous) | 0);
  }

  /** Adds [offset, offset + length) and tells how many of its octets had not been seen. */
  add(offset: number, length: number): number {
    const start = Math.max(offset, 0);
    const end = offset + length;
    if (end <= this.#contiguous || end <= start) return 0;
    if (start <= this.#contiguous && this.#islands.length === 0) {
      const fresh = end - this.#contiguous;
      this.#contiguous = end;
      return fresh;
    }
    const before = this.covered;
    this.#merge(start, end);
    return this.covered - before;
  }

  #merge(start: number, end: number): void {
    const ranges = [{ start: 0, end: this.#contiguous }, ...this.#islands, { start, end }];
    ranges.sort((a, b) => a.start - b.start);
    const merged: { start: number; end: number }[] = [];
    for (const range of ranges) {
      const last = merged.at(-1);
      if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
      else merged.push({ ...range });
    }
    this.#contiguous = merged[0]?.end ?? 0;
    this.#islands = merged.slice(1);
  }
}
