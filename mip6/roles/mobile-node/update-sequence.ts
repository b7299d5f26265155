import type { RandomBytes } from '../shared/role.ts';
import { isNewerSequence, newerSequence, nextSequence, previousSequence } from '../shared/sequence.ts';

/** The sequence numbers of a mobile node's Binding Updates to one node (RFC 6275 §11.7): one used is never used again. */
export class UpdateSequence {
  readonly #random: RandomBytes;
  #last: number | undefined;
  /** the one before the first, where that has been drawn before its update is sent */
  #drawn: number | undefined;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** of the last Binding Update sent, here or by the node that the registration came from */
  get last(): number | undefined {
    return this.#last;
  }

  /** The same, or the number before the first, where that has been drawn. */
  get before(): number | undefined {
    return this.#last ?? this.#drawn;
  }

  /** Draws the first number before its update is sent, where none has been. */
  fix(): void {
    if (this.before === undefined) this.#drawn = previousSequence(this.#first());
  }

  /** Further numbers follow this one; where none has been used, the first one does. */
  burn(sequence: number): void {
    if (this.#last !== undefined) this.adopt(sequence);
    else this.#drawn = this.#drawn === undefined ? sequence : newerSequence(sequence, this.#drawn);
  }

  /** Further numbers follow this one. */
  adopt(sequence: number): void {
    this.#last = this.#last === undefined ? sequence : newerSequence(sequence, this.#last);
  }

  /** The number for the next update: `wanted` if it is newer than all before, else the next one; the very first is random. */
  take(wanted?: number): number {
    this.#last = this.#next(wanted);
    return this.#last;
  }

  /** This number, though it may have been used before; those after it are newer. */
  repeat(sequence: number): number {
    this.adopt(sequence);
    return sequence;
  }

  #next(wanted: number | undefined): number {
    const { before } = this;
    if (before === undefined) return wanted ?? this.#first();
    if (wanted !== undefined && isNewerSequence(wanted, before)) return wanted;
    return nextSequence(before);
  }

  #first(): number {
    const [high, low] = this.#random(2);
    return high! * 256 + low!;
  }
}
