import { isNewerSequence } from '../../mip6/roles/shared/sequence.ts';
import type { Protection } from './holder-types.ts';

/** What a holder knows of its client's binding to itself. Until the client has acknowledged an update of this member's it may know numbers, from an older binding, beside which the backup's is stale. */
export class OwnBinding {
  #bound: boolean;
  /** the last number that it has acknowledged, as far as its holder has seen */
  #acknowledged: number | undefined;
  /** of a question that has no answer yet, where nobody lives who has this number as well */
  #asked: number | undefined;
  /** why it has not, where it is known that it will not soon */
  #whyUnbound: string | undefined;

  constructor(bound: boolean) {
    this.#bound = bound;
  }

  /** The client has acknowledged an update of this member's. */
  get isKnown(): boolean {
    return this.#bound;
  }

  acknowledged(sequence: number): void {
    this.#bound = true;
    this.#acknowledged = sequence;
  }

  /** The backup has ended that has this number, under which the client is being asked, as well. */
  askedAlone(sequence: number): void {
    this.#asked = sequence;
  }

  failed(reason: string): void {
    this.#whyUnbound = reason;
  }

  /** The client knows this number of this member's, or a later one: whoever has it can do nothing with it. */
  isBeyond(sequence: number): boolean {
    return this.#acknowledged !== undefined && !isNewerSequence(sequence, this.#acknowledged);
  }

  /** The client says that this is the last number it has accepted: it is this member's own, and so is the client. */
  isLast(sequence: number | undefined): boolean {
    return sequence !== undefined && (sequence === this.#acknowledged || sequence === this.#asked);
  }

  /** Of a connection whose backup has its latest state. */
  get protection(): Protection {
    if (this.#bound) return { kind: 'protected' };
    if (this.#whyUnbound !== undefined) return { kind: 'unprotected', reason: this.#whyUnbound };
    return { kind: 'pending', reason: 'the client has not acknowledged the binding to this member yet' };
  }
}
