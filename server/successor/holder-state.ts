import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Transitions } from '../transitions.ts';

/** A backup has the client, or is about to; `acknowledged`: the last number that it has said it can take the client over from. */
interface Backed {
  readonly backup: Ipv6Address;
  readonly takeover: number;
  readonly acknowledged: number;
}

/**
 * A client has refused the number that its holder and its backup have in common: it has accepted it before, from the one or from the other. The holder's own
 * first update may have been, and the answer lost. So the client is asked by probes, which it answers to the member alone that it is bound to.
 */
export interface Dispute {
  readonly probeAt: Instant;
  readonly until: Instant;
}

export type HolderState =
  /** a backup is being chosen */
  | { readonly name: 'choosing' }
  /** nobody keeps the client: until then, or until a member comes */
  | { readonly name: 'alone'; readonly reason: string; readonly until: Instant }
  | ({ readonly name: 'backed' } & Backed)
  /**
   * The backup is out of reach, and may take the client over all the same, from what it has: the client is asked whose it is under the backup's own
   * number. Whoever the client has that number from first, the other one never has it again. `disputed`: it has refused it, and is asked by probes who
   * that was; `own`: this member, which binds the client once more.
   */
  | {
      readonly name: 'contesting';
      readonly takeover: number;
      /** absent: it was told that the client leaves, or may have been */
      readonly backup?: Ipv6Address;
      readonly againAt: Instant | undefined;
      readonly disputed?: Dispute;
      readonly own?: true;
    }
  /** on its way to another member; `takeover`: of a backup that may not have heard of that */
  | { readonly name: 'leaving'; readonly takeover: number | undefined }
  | { readonly name: 'finished' };

export type HolderStateName = HolderState['name'];
export type HolderIn<Names extends HolderStateName> = Extract<HolderState, { readonly name: Names }>;

/** All that may follow each state. The figure in README.md is this list. */
export const holderTransitions: Transitions<HolderStateName> = {
  choosing: ['alone', 'backed', 'leaving', 'finished'],
  alone: ['choosing', 'leaving', 'finished'],
  backed: ['choosing', 'alone', 'contesting', 'leaving', 'finished'],
  contesting: ['choosing', 'alone', 'leaving', 'finished'],
  leaving: ['choosing', 'alone', 'contesting', 'finished'],
  finished: [],
};

/** Why a connection is not protected whose holder is in this state. */
export function whyUnprotected(state: HolderState): string {
  switch (state.name) {
    case 'choosing':
      return 'a backup is being chosen';
    case 'alone':
      return state.reason;
    case 'backed':
      return 'the backup has not said yet that it can take the client over';
    case 'contesting':
      return 'the backup is out of reach';
    case 'leaving':
      return 'the client goes to another member';
    case 'finished':
      return 'the connection has ended';
    default:
      return state satisfies never;
  }
}
