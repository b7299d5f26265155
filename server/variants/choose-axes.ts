import { type HandoffAxes, isOfThePaper, untoldAxes, wholeAxes } from './axes.ts';

/** What a donor knows before it begins a handoff. */
export interface HandoffFacts {
  /** The acceptor knows the paper's variants alone, or none (capability `manyVariants`). */
  readonly acceptorKnowsAll: boolean;
  /** The client has no Mobile IPv6: the contact node binds its connections, and forwards their packets. */
  readonly clientIsPlain: boolean;
  /** The application makes octets again that the client has not acknowledged. */
  readonly resumable: boolean;
}

/** What was asked for. */
export type WantedAxes = HandoffAxes & { readonly adaptive?: true };

/** A rule by which a handoff is of other axes than it was asked for; the log names it. */
export type FallbackRule =
  | 'acceptor-knows-the-papers-variants'
  | 'client-without-mobile-ipv6'
  | 'application-makes-nothing-again'
  /** the client has not answered at the acceptor's care-of address in time, or too long ago, or not at the home address */
  | 'acceptor-not-tested'
  | 'care-of-token-too-old'
  | 'no-home-token'
  /** an acceptor can be told to wait for the donor's last octets for so long, and they take longer */
  | 'acceptor-much-nearer'
  /** what was lost on its way from the donor is sent again there before the client is frozen */
  | 'loss-repaired-first'
  /** something is missing when the cut is to be announced: it is not, the client is frozen first */
  | 'loss-near-the-cut';

interface ChosenAxes {
  readonly axes: HandoffAxes;
  /** those that applied, in order; none: the axes are those that were asked for */
  readonly rules: readonly FallbackRule[];
}

const drainedFirst: HandoffAxes = { ...untoldAxes, start: 'update', copies: 2, guardMs: 1 };

/** The axes of a handoff, from those that were asked for and what is known. */
export function chooseAxes(wanted: WantedAxes, facts: HandoffFacts): ChosenAxes {
  if (isOfThePaper(wanted)) return { axes: wanted, rules: [] };
  if (!facts.acceptorKnowsAll)
    return { axes: ofThePaper(wanted), rules: ['acceptor-knows-the-papers-variants'] };
  if (facts.clientIsPlain && needsBinding(wanted))
    return { axes: ofThePaper(wanted), rules: ['client-without-mobile-ipv6'] };
  // What is on its way would have to travel, while the client stands still: less is lost by waiting until it has come.
  if (wanted.adaptive === true && !facts.resumable)
    return { axes: drainedFirst, rules: ['application-makes-nothing-again'] };
  return { axes: wanted, rules: [] };
}

/** The nearest that the paper has: as soon drained, as soon announced. */
function ofThePaper({ freezeAt, prepareAt, returnRoutability }: HandoffAxes): HandoffAxes {
  if (prepareAt === 'never') return { freezeAt: 'drained', prepareAt, returnRoutability: 'at-init' };
  const tested = returnRoutability === 'at-init' ? 'at-init' : untoldAxes.returnRoutability;
  return {
    freezeAt: freezeAt === 'last-send' ? 'last-send' : 'drained',
    prepareAt,
    returnRoutability: tested,
  };
}

/** The contact node's word is awaited, in whatever way such a client's data goes: nobody sends it a Binding Update. */
function needsBinding(axes: HandoffAxes): boolean {
  const { binder, start } = wholeAxes(axes);
  return binder !== 'acceptor' || start !== 'acknowledgement';
}
