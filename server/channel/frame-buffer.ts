import type { Instant } from '../../mip6/roles/shared/role.ts';
import { frameLength } from './frame-length.ts';

/** A frame that has begun must be complete after this, and after what its octets take at the slowest rate. */
export interface FramePatience {
  readonly ms: number;
  readonly octetsPerMs: number;
}

/** Slower than any path that carries a handoff; a member's channel is no place for who sends an octet a second. */
export const FRAME_PATIENCE: FramePatience = { ms: 10_000, octetsPerMs: 8 };

const FIRST_CAPACITY = 64;

/**
 * Cuts a byte stream into frames. An incomplete one is kept in one buffer, which grows with what has come, not with what is announced; its
 * cost is the same in one chunk and octet by octet. `deadline` says until when it must be complete.
 */
export class FrameBuffer {
  readonly #patience: FramePatience;
  #kept = Buffer.alloc(0);
  #size = 0;
  /** of the incomplete frame, as soon as its header is there */
  #length: number | undefined;
  #since: Instant = 0;

  constructor(patience: FramePatience = FRAME_PATIENCE) {
    this.#patience = patience;
  }

  /** octets of an incomplete frame */
  get size(): number {
    return this.#size;
  }

  /** octets of memory for it */
  get capacity(): number {
    return this.#kept.length;
  }

  /** When the incomplete frame is overdue; undefined while there is none. */
  deadline(): Instant | undefined {
    if (this.#size === 0) return undefined;
    return this.#since + this.#patience.ms + (this.#length ?? 0) / this.#patience.octetsPerMs;
  }

  /** The frames that `chunk` completes, each with its length in front. Throws ProtocolError on one that is too long for its type. */
  push(chunk: Buffer, now: Instant): Buffer[] {
    const frames: Buffer[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      const whole = this.#size === 0 ? frameLength(rest) : undefined;
      if (whole !== undefined && whole <= rest.length) {
        frames.push(rest.subarray(0, whole));
        rest = rest.subarray(whole);
      } else {
        if (this.#size === 0) this.#since = now;
        const taken = Math.min(rest.length, this.#missing());
        this.#keep(rest.subarray(0, taken));
        rest = rest.subarray(taken);
        const frame = this.#completed();
        if (frame !== undefined) frames.push(frame);
      }
    }
    return frames;
  }

  /** Octets until the frame is complete; one by one until its length is known. */
  #missing(): number {
    return this.#length === undefined ? 1 : this.#length - this.#size;
  }

  #keep(octets: Buffer): void {
    const size = this.#size + octets.length;
    if (size > this.#kept.length) {
      const doubled = Math.min(2 * this.#kept.length, this.#length ?? Number.POSITIVE_INFINITY);
      const grown = Buffer.alloc(Math.max(FIRST_CAPACITY, size, doubled));
      this.#kept.copy(grown, 0, 0, this.#size);
      this.#kept = grown;
    }
    octets.copy(this.#kept, this.#size);
    this.#size = size;
    this.#length ??= frameLength(this.#kept.subarray(0, size));
  }

  #completed(): Buffer | undefined {
    if (this.#size !== this.#length) return undefined;
    const frame = this.#kept.subarray(0, this.#size);
    this.#kept = Buffer.alloc(0);
    this.#size = 0;
    this.#length = undefined;
    return frame;
  }
}
