import type { Claim, Experiment } from '../experiments/experiment.ts';
import { judgeRegression } from './claims/regression.ts';
import type { ClaimResult } from './claims/result.ts';
import { judgeValue } from './claims/value.ts';
import type { Sample } from './sample.ts';
import { groupBy, selects } from './select.ts';

export type { ClaimResult, Verdict } from './claims/result.ts';

/**
 * Judges every claim of the experiment: a row per value claim, a row per coefficient of a regression. Two clocks are two
 * sets of evidence: a claim that names no clock is judged on each clock that the selected cells hold, and never on both
 * together. A claim without evidence is `not run`.
 */
export function judge(experiment: Experiment, samples: readonly Sample[]): readonly ClaimResult[] {
  return experiment.claims.flatMap((claim) => {
    const selected = samples.filter(
      (s) => s.measure === claim.measure && selects(experiment, claim.where ?? {}, s),
    );
    const clocks = groupBy(selected, (s) => s.clock);
    if (clocks.size <= 1) return judgeClaim(claim, selected, '');
    return [...clocks].flatMap(([clock, evidence]) => judgeClaim(claim, evidence, `@${clock}`));
  });
}

function judgeClaim(claim: Claim, samples: readonly Sample[], suffix: string): readonly ClaimResult[] {
  const evidence = { samples, suffix };
  return claim.kind === 'value' ? [judgeValue(claim, evidence)] : judgeRegression(claim, evidence);
}
