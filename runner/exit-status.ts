import type { Results } from '../analysis/results.ts';

/** 0: every claim of the run is reproduced or was not run; 1: a claim deviates or a repetition failed. */
export function exitStatusOf({ claims, samples }: Results): 0 | 1 {
  const deviates = claims.some((claim) => claim.verdict === 'deviates');
  const failed = samples.some((sample) => sample.outcome === 'failed');
  return deviates || failed ? 1 : 0;
}
