import { acrossClocks, countsOf } from '../../analysis/verdicts/counts.ts';
import { exitStatusOf } from '../exit-status.ts';
import type { Reporter } from '../progress/events.ts';
import type { AnalyzedExperiment } from '../results/analyze-run.ts';
import { standingOf } from '../results/expected-verdicts.ts';

/** Ends a command with its results: how its verdicts compare with the recorded ones, where the results are, and the exit status. */
export function finish(reporter: Reporter, analyzed: readonly AnalyzedExperiment[], out: string): void {
  const standing = standingOf(analyzed.map(({ results, ...one }) => ({ ...one, claims: results.claims })));
  const status = exitStatusOf(analyzed, standing);
  const rows = acrossClocks(analyzed.flatMap(({ results }) => results.claims));
  reporter.emit({ event: 'verdicts', counts: countsOf(rows), ...standing });
  reporter.emit({ event: 'end', status, out });
  reporter.close();
  process.exitCode = status;
}
