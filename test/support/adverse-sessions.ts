import type { AdverseSession } from './adverse-lab.ts';
import { memberAddress } from './adverse-topology.ts';
import { long } from './long.ts';

/** All variants when HANDOFF_LAB_LONG is set, else two which differ in everything: when they freeze, and when they prepare. */
export const variants: readonly string[] = long
  ? ['baseline', 'drain', 'advance-rr', 'drain+advance-rr']
  : ['baseline', 'drain+advance-rr'];

export type Leg = AdverseSession['itinerary']['legs'][number];

/** A handoff to a member, counted from 1, when so many octets have been sent to the client, or received from it. */
export function leg(after: number, member: number, of: Leg['of'] = 'sent'): Leg {
  return { after, of, acceptor: memberAddress(member) };
}

/** `count` handoffs, every so many octets, round and round. */
export function round(every: number, count: number, members: readonly number[]): readonly Leg[] {
  return Array.from({ length: count }, (_, index) =>
    leg((index + 1) * every, members[index % members.length]!),
  );
}

export type Behaviour = Omit<AdverseSession, 'name' | 'atMs' | 'itinerary'> & {
  readonly name: string;
  readonly bytes?: number;
  readonly upload?: number;
  readonly legs?: readonly Leg[];
};

/** One variant for the `index`th of several alike, so that all take turns; all of them when HANDOFF_LAB_LONG is set. */
export function inTurn(index: number): readonly string[] {
  return long ? variants : [variants[index % variants.length]!];
}

/** One client's sessions: every behaviour with its variants, one after the other, `everyMs` apart. */
export function sessionsOf(
  behaviours: readonly Behaviour[],
  variantsOf: (index: number) => readonly string[] = () => variants,
  everyMs = 200_000,
): readonly AdverseSession[] {
  const all = behaviours.flatMap((behaviour, index) =>
    variantsOf(index).map((variant) => ({ behaviour, variant })),
  );
  return all.map(({ behaviour, variant }, index) => {
    const {
      name,
      bytes = 300_000,
      upload = 0,
      legs = [leg(100_000, 2), leg(200_000, 1)],
      ...rest
    } = behaviour;
    const itinerary = { bytes, upload, variant, legs };
    return { ...rest, name: `${name}, ${variant}`, atMs: index * everyMs, itinerary };
  });
}
