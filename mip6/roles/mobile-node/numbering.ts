import { isNewerSequence } from '../shared/sequence.ts';
import type { UpdateSequence } from './update-sequence.ts';

/**
 * The sequence numbers of a request's Binding Updates, where other nodes with the same home address may bind the correspondent, too.
 * RFC 6275 §11.7.2 knows one node and `own` alone. A `first` number that is not greater than all used before is raised.
 */
export type Numbering =
  /** Greater than all before, from `first` on (default: a random one at the beginning). Status 135 tells the number to go on from. */
  | { readonly kind: 'own'; readonly first?: number }
  /** The same, but status 135 with a number beyond all of ours ends the request: another node has bound the correspondent. */
  | { readonly kind: 'yielding'; readonly first?: number }
  /** As `yielding`, and status 135 with `first` itself ends the request, too: another node was there first with this number. */
  | { readonly kind: 'contested'; readonly first: number }
  /**
   * This number and no other, however often it is sent: somebody else may have used it, and any status 135 ends the request. (§11.8 asks
   * for a greater number in each transmission; of a number that is another node's, one that came late could undo a newer binding.)
   */
  | { readonly kind: 'fixed'; readonly number: number };

/** The number of the next Binding Update, taken from `used`. */
export function nextNumber(numbering: Numbering, used: UpdateSequence): number {
  return numbering.kind === 'fixed' ? used.repeat(numbering.number) : used.take(numbering.first);
}

/** Whether status 135 that tells `accepted` as the correspondent's last number ends the request; `last`: the one used last here. */
export function isOvertaken(numbering: Numbering, accepted: number, last: number | undefined): boolean {
  const isBeyond = last !== undefined && isNewerSequence(accepted, last);
  switch (numbering.kind) {
    case 'own':
      return false;
    case 'yielding':
      return isBeyond;
    case 'contested':
      return isBeyond || accepted === numbering.first;
    case 'fixed':
      return true;
    default:
      return numbering satisfies never;
  }
}

/** How a binding is renewed that was made so: §9.5.1 has the numbers go on, whoever may have contested the first. */
export function ofRenewal({ kind }: Numbering): Numbering {
  return { kind: kind === 'own' ? 'own' : 'yielding' };
}
