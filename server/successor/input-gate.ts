import type { Instant } from '../../mip6/roles/shared/role.ts';
import { InputLog, type InputPiece } from './input-log.ts';
import { SegmentAdmission, type SegmentBounds, type SegmentHead } from './segment-admission.ts';

/** Octets of one connection that wait for the backup; more the client sends again. */
const MOST_HELD_OCTETS = 256 * 1024;
/** Of a segment that wait beside its octets. */
const SEGMENT_OCTETS = 64;
/** Segments of one connection that wait: the kernel's queue has places for all connections together. */
export const MOST_HELD_SEGMENTS = 256;

/** From where on a client's input is gated: with its connection's checkpoint. */
export interface GatedInput {
  /** RCV.NXT of the checkpoint */
  readonly next: number;
  /** what the kernel may have taken out of order before the gate stood ends there; mostly `next` */
  readonly aheadTo: number;
}

/** A segment of a client that the kernel holds until there is a verdict on it. */
export interface GatedSegment extends InputPiece, SegmentHead {
  readonly id: number;
  readonly bounds: SegmentBounds;
}

/** What becomes of a segment; `tell`: the backup is to have it first, under a number that is said by `told`. */
type GateDecision = 'pass' | 'drop' | 'tell' | 'overflow';

/**
 * Before the kernel of a connection's holder takes what the client sends, and acknowledges it, its backup has it: no octet is acknowledged that one
 * member alone has (output commit). Nothing is lost by what is not let pass: the client sends again what is not acknowledged.
 *
 * It stands open until its backup can go on with the connection, and when there is none: what passes is kept all the same, for the next one.
 */
export class InputGate {
  #log: InputLog;
  readonly #admission = new SegmentAdmission();
  #closed = false;
  #held: { readonly id: number; readonly octets: number; readonly number: number }[] = [];
  #whyOpen: string | undefined;
  /** the number under which something was told last, */
  #told = 0;
  /** and the last of what passed without waiting for it */
  #passed = 0;
  /** behind what has passed and is not kept */
  #unkeptTo: number;

  constructor({ next, aheadTo }: GatedInput) {
    this.#log = new InputLog(next);
    this.#unkeptTo = aheadTo;
    this.#judge(next);
  }

  /** why nothing of the client's input is safe; undefined: it is, or will be */
  get whyOpen(): string | undefined {
    return this.#whyOpen;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** What another backup has to be told behind the checkpoint. */
  get pieces(): readonly InputPiece[] {
    return this.#log.pieces;
  }

  /** All that has passed so far is at the backup that has acknowledged this number. */
  isCovered(acknowledged: number): boolean {
    return this.#whyOpen === undefined && acknowledged >= this.#passed;
  }

  /** There is another checkpoint. */
  checkpoint({ next }: GatedInput): void {
    if (this.#whyOpen === undefined) this.#log.trim(next);
    // What lies beyond has come while nothing was kept.
    if (this.#whyOpen !== undefined || ((next - this.#log.next) | 0) > 0) this.#log = new InputLog(next);
    this.#judge(next);
  }

  /** `acknowledged`: the backup's last; undefined: none has anything. */
  segment(segment: GatedSegment, acknowledged: number | undefined, now: Instant): GateDecision {
    if (this.#whyOpen !== undefined) return this.#unkept(segment);
    // It brings nothing, and the kernel answers it.
    if (this.#log.isBefore(segment)) return 'pass';
    if (!this.#admission.admits(segment, segment.bounds, this.#log.next, now)) return 'drop';
    if (this.#closed && this.#isFull(segment)) return 'drop';
    switch (this.#log.add(segment)) {
      case 'kept':
        return 'tell';
      case 'known':
        // The same waits already, or the client will send it once more.
        return !this.#closed || this.#told <= (acknowledged ?? -1) ? 'pass' : 'drop';
      case 'far':
        return 'drop';
      case 'full':
        this.#overflow();
        this.#unkept(segment);
        return 'overflow';
    }
  }

  /** It was told, or nobody is there to be told (`number` undefined); true: it may pass at once. */
  told(segment: GatedSegment, number: number | undefined): boolean {
    if (number !== undefined) this.#told = number;
    if (this.#closed) {
      const until = number ?? Number.POSITIVE_INFINITY;
      this.#held.push({ id: segment.id, octets: weight(segment), number: until });
      return false;
    }
    this.#passed = this.#told;
    return true;
  }

  /** All of `pieces` was told up to this number. */
  toldAll(number: number): void {
    this.#told = number;
    this.#passed = number;
  }

  /** From now on nothing passes that the backup has not acknowledged. */
  close(): void {
    if (this.#whyOpen === undefined) this.#closed = true;
  }

  /** Nobody takes the client over any more: all that waits may pass. */
  open(): readonly number[] {
    this.#closed = false;
    return this.#release(Number.POSITIVE_INFINITY);
  }

  /** The backup has all up to this number: what may pass. */
  acknowledged(number: number): readonly number[] {
    // What nobody was told stays.
    return this.#release(number);
  }

  #isFull(segment: GatedSegment): boolean {
    const held = this.#held.reduce((sum, { octets }) => sum + octets, 0);
    return held + weight(segment) > MOST_HELD_OCTETS || this.#held.length >= MOST_HELD_SEGMENTS;
  }

  #release(number: number): readonly number[] {
    const ids = this.#held.filter((one) => one.number <= number).map(({ id }) => id);
    this.#held = this.#held.filter((one) => one.number > number);
    return ids;
  }

  #overflow(): void {
    this.#whyOpen = 'more has come behind the last checkpoint than is kept';
    this.#closed = false;
    this.#unkeptTo = this.#log.next;
    // Of what waits and lies ahead of a hole, too.
    for (const piece of this.#log.pieces) this.#unkept(piece);
    this.#log = new InputLog(this.#unkeptTo);
  }

  #unkept({ sequence, octets, ends }: InputPiece): 'pass' {
    const end = (sequence + octets.length + (ends ? 1 : 0)) >>> 0;
    if (((end - this.#unkeptTo) | 0) > 0) this.#unkeptTo = end;
    return 'pass';
  }

  /** A checkpoint that lies behind all which was not kept makes input safe. */
  #judge(next: number): void {
    const beyond = ((this.#unkeptTo - next) | 0) > 0;
    this.#whyOpen = beyond
      ? 'the kernel may have taken octets out of order that are kept nowhere'
      : undefined;
  }
}

function weight({ octets }: InputPiece): number {
  return octets.length + SEGMENT_OCTETS;
}
