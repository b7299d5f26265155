import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Transitions } from '../transitions.ts';

/** When the client is asked next, and how often it has been. */
interface Probing {
  readonly probeAt: Instant;
  readonly probes: number;
  /** The client has acknowledged the binding: whoever has refused it since has another member's. */
  readonly acknowledged: boolean;
}

export type SuccessorState =
  /** `warm`: both tokens are here; `testedAt`: since when, or since when they are asked for */
  | { readonly name: 'kept'; readonly warm: boolean; readonly testedAt: Instant }
  /** return routability is run, then the Binding Update goes out */
  | { readonly name: 'binding' }
  /**
   * The Binding Update is out, the client is asked where it stands. `disputed`: it says that the number has been used, by its holder or from
   * here, and is given until then to answer a probe: only to the member that it is bound to does it.
   */
  | ({ readonly name: 'probing'; readonly disputed?: Instant } & Probing)
  /**
   * A connection is served here; `settledAt`: until then the client's acknowledgements are looked at. `renewing`: the client has refused the number,
   * which may have been an answer to this member's own update, and is asked under the next one.
   */
  | ({ readonly name: 'live'; readonly settledAt: Instant; readonly renewing: boolean } & Probing)
  /** the client is another member's */
  | { readonly name: 'superseded' }
  | { readonly name: 'finished' };

export type SuccessorStateName = SuccessorState['name'];
export type SuccessorIn<Names extends SuccessorStateName> = Extract<SuccessorState, { readonly name: Names }>;

/** All that may follow each state. The figure in README.md is this list. */
export const successorTransitions: Transitions<SuccessorStateName> = {
  kept: ['binding', 'probing', 'finished'],
  binding: ['probing', 'superseded', 'finished'],
  probing: ['live', 'superseded', 'finished'],
  live: ['superseded', 'finished'],
  superseded: [],
  finished: [],
};

/** Tokens are good for 210 s (MAX_TOKEN_LIFETIME), nonces for 240: asked for anew by then, the old ones standing until the answer. */
export const RETEST_MS = 180_000;
/** A client's kernel answers one segment out of order in 500 ms (`tcp_invalid_ratelimit`); whether it has, the answer's loss would hide. */
export const PROBE_MS = 510;
/**
 * From the Binding Update on: the client's kernel drops without an answer what comes before its daemon has programmed the binding, however long that
 * takes; so the first ones follow each other soon. Together somewhat more than the 500 ms.
 */
export const FIRST_PROBES_MS: readonly number[] = [1, 4, 16, 64, 430];
/** Some probes long: of a client whose answer says whose it is. */
export const DISPUTE_MS = 4 * PROBE_MS;
/** A client repeats what it sends after some seconds at most; and a hole that hides another is filled by then. */
export const SETTLING_MS = 10_000;
