import type { Claim, Range, Where } from './experiment.ts';

/** As a condition: the claim names the parameter and holds at each of its values. */
export const anyValue: Range = {};

/** The same of a parameter without a default, which may be unset as well. */
export const anyOrUnset = { orUnset: true } as const;

/** A condition for each of these parameters: the claim holds at all their values. */
export function anyOf(...names: readonly string[]): Where {
  return Object.fromEntries(names.map((name) => [name, anyValue]));
}

/** Parameters that a claim names: in its conditions, or as what it goes over. All others have to be at their defaults. */
export function namedBy(claim: Claim): ReadonlySet<string> {
  return new Set([...Object.keys(claim.where ?? {}), ...axesOf(claim)]);
}

/** Parameters that a claim names beside `where`. */
export function axesOf(claim: Claim): readonly string[] {
  switch (claim.kind) {
    case 'constant':
    case 'monotone':
      return [claim.over];
    case 'valley':
      return [claim.over, ...claim.by];
    case 'agreement':
      return claim.by;
    case 'regression':
      return claim.terms.filter(({ value }) => value === undefined).map(({ parameter }) => parameter);
    default:
      return [];
  }
}
