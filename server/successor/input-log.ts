/** Octets of one connection that a client's input is kept of behind a checkpoint, at its holder and at its backup. */
export const MOST_INPUT_OCTETS = 1024 * 1024;
/** Pieces that are kept although what comes before them is missing. */
const MOST_PIECES_AHEAD = 1024;

/** What a segment of a client brings. */
export interface InputPiece {
  /** of its first octet; 32 bits, wraps */
  readonly sequence: number;
  readonly octets: Uint8Array;
  /** the client's end comes right behind them, and counts one */
  readonly ends: boolean;
}

/** A piece whose first octet is so many octets behind the log's first. */
interface Ahead {
  readonly at: number;
  readonly octets: Uint8Array;
  readonly ends: boolean;
}

/** What a client has sent behind a checkpoint: in order as far as it has come, and what has come out of order beyond. */
export class InputLog {
  #first: number;
  /** What is in order is one piece, and grows by doubling: a client may send octet by octet. */
  #inOrder = new Uint8Array(0);
  #length = 0;
  #ended = false;
  #ahead: Ahead[] = [];
  #octetsAhead = 0;

  /** `next`: RCV.NXT of the checkpoint */
  constructor(next: number) {
    this.#first = next;
  }

  /** RCV.NXT of who has taken all that is here in order */
  get next(): number {
    return (this.#first + this.#length + (this.#ended ? 1 : 0)) >>> 0;
  }

  /** octets that are kept, in order or not */
  get size(): number {
    return this.#length + this.#octetsAhead;
  }

  /** All in order, the client's end as well? */
  get ended(): boolean {
    return this.#ended;
  }

  /** all that is in order */
  get octets(): Uint8Array {
    return this.#inOrder.slice(0, this.#length);
  }

  /** Nothing of it lies behind the log's beginning: its checkpoint has it already. */
  isBefore({ sequence, octets, ends }: InputPiece): boolean {
    return this.#offset(sequence) + octets.length + (ends ? 1 : 0) <= 0;
  }

  /** `known`: it brings nothing new; `far`: not kept, too much is missing before it; `full`: not kept, there is too much already. */
  add({ sequence, octets, ends }: InputPiece): 'kept' | 'known' | 'far' | 'full' {
    const at = this.#offset(sequence);
    const end = at + octets.length;
    if (this.#ended || end < this.#length || (end === this.#length && !ends) || this.#isAhead(at, end, ends))
      return 'known';
    if (at - this.#length > MOST_INPUT_OCTETS || this.#ahead.length >= MOST_PIECES_AHEAD) return 'far';
    if (this.size + octets.length > MOST_INPUT_OCTETS) return 'full';
    // A copy: what a piece is part of may be a whole datagram, and used again.
    this.#ahead.push({ at, octets: Uint8Array.from(octets), ends });
    this.#octetsAhead += octets.length;
    this.#close();
    return 'kept';
  }

  /** Another checkpoint has all up to here. */
  trim(next: number): void {
    const cut = this.#offset(next);
    if (cut <= 0) return;
    const before = this.#length + (this.#ended ? 1 : 0);
    const rest = this.octets.slice(Math.min(cut, this.#length));
    this.#first = next;
    this.#inOrder = rest;
    this.#length = rest.length;
    // The end itself is behind, or nothing is kept behind it.
    if (cut >= before) this.#ended = false;
    this.#ahead = this.#ahead.map((piece) => ({ ...piece, at: piece.at - cut }));
    this.#close();
  }

  /** All that is kept, as pieces. */
  get pieces(): readonly InputPiece[] {
    const inOrder = { sequence: this.#first, octets: this.octets, ends: this.#ended };
    const ahead = this.#ahead.map(({ at, ...piece }) => ({ sequence: (this.#first + at) >>> 0, ...piece }));
    return this.#length > 0 || this.#ended ? [inOrder, ...ahead] : ahead;
  }

  /** Sequence numbers wrap. */
  #offset(sequence: number): number {
    return (sequence - this.#first) | 0;
  }

  #isAhead(at: number, end: number, ends: boolean): boolean {
    return this.#ahead.some(
      (one) => one.at <= at && one.at + one.octets.length >= end && (one.ends || !ends),
    );
  }

  /** What is no longer ahead is in order, or known. */
  #close(): void {
    this.#ahead.sort((a, b) => a.at - b.at);
    while (this.#ahead[0] !== undefined && this.#ahead[0].at <= this.#length) {
      const { at, octets, ends } = this.#ahead.shift()!;
      this.#octetsAhead -= octets.length;
      const more = octets.subarray(Math.min(octets.length, this.#length - at));
      this.#append(more);
      if (ends && at + octets.length === this.#length) this.#ended = true;
    }
  }

  #append(more: Uint8Array): void {
    const length = this.#length + more.length;
    if (length > this.#inOrder.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#inOrder.length));
      larger.set(this.#inOrder.subarray(0, this.#length));
      this.#inOrder = larger;
    }
    this.#inOrder.set(more, this.#length);
    this.#length = length;
  }
}
