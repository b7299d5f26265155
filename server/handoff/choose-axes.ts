import { type HandoffAxes, isOfThePaper, untoldAxes, wholeAxes } from './axes.ts';

/** What a donor knows before it begins a handoff. */
export interface HandoffFacts {
  /** The acceptor knows the paper's variants alone, or none (capability `manyVariants`). */
  readonly acceptorKnowsAll: boolean;
  /** The client has no Mobile IPv6: the contact node binds its connections, and forwards their packets. */
  readonly clientIsPlain: boolean;
}

/** A rule by which a handoff is of other axes than it was asked for; the log names it. */
export type FallbackRule = 'acceptor-knows-the-papers-variants' | 'client-without-mobile-ipv6';

export interface ChosenAxes {
  readonly axes: HandoffAxes;
  /** those that applied, in order; none: the axes are those that were asked for */
  readonly rules: readonly FallbackRule[];
}

/** The axes of a handoff, from those that were asked for and what is known. */
export function chooseAxes(wanted: HandoffAxes, facts: HandoffFacts): ChosenAxes {
  if (isOfThePaper(wanted)) return { axes: wanted, rules: [] };
  if (!facts.acceptorKnowsAll)
    return { axes: ofThePaper(wanted), rules: ['acceptor-knows-the-papers-variants'] };
  if (facts.clientIsPlain && needsBinding(wanted))
    return { axes: ofThePaper(wanted), rules: ['client-without-mobile-ipv6'] };
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
