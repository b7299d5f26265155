import type { About, Claim } from './claim.ts';

/** The claims, said by `about` in, or beyond, this section of the paper where they do not say otherwise of themselves. */
export function saidBy(about: About, section: string, claims: readonly Claim[]): readonly Claim[] {
  return claims.map((claim) => ({ about, section, ...claim }));
}
