import type { AnalyzedExperiment } from './results/analyze-run.ts';
import type { Standing } from './results/expected-verdicts.ts';

/** 0: every verdict is the recorded one (see `Standing`), and no repetition failed; else 1. */
export function exitStatusOf(analyzed: readonly AnalyzedExperiment[], { changes }: Standing): 0 | 1 {
  const failed = analyzed.some(({ results }) => results.samples.some(({ outcome }) => outcome === 'failed'));
  return changes.length > 0 || failed ? 1 : 0;
}
