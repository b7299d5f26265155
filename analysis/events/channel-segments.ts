/** A piece of one direction of a TCP stream as the capture has it. */
export interface Segment {
  /** of its first octet, counted from the stream's first */
  readonly offset: number;
  /** on the wire */
  readonly length: number;
  /** its captured front */
  readonly prefix: Uint8Array;
}

const maximumWaiting = 4096;

/** Puts segments in order for a reader that knows which octet it needs next; they may come twice or out of order. */
export class SegmentOrder {
  #waiting: Segment[] = [];
  #dropped = 0;

  /** Segments that came so far ahead that they were not kept. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Hands `segment` and those held back to `read`, each once the octet that is then `wanted` does not lie before it. What has
   * a hole in front of it is held back.
   */
  take(segment: Segment, wanted: () => number, read: (segment: Segment) => void): void {
    if (segment.offset > wanted()) {
      this.#hold(segment);
      return;
    }
    read(segment);
    // Each round takes a segment out of the list, so the loop ends.
    for (let ready = this.#next(wanted()); ready !== undefined; ready = this.#next(wanted())) read(ready);
  }

  #hold({ offset, length, prefix }: Segment): void {
    if (this.#waiting.length < maximumWaiting) this.#waiting.push({ offset, length, prefix: prefix.slice() });
    else this.#dropped++;
  }

  #next(wanted: number): Segment | undefined {
    const index = this.#waiting.findIndex(({ offset }) => offset <= wanted);
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }
}
