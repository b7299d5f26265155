import { exitStatusOf } from '../exit-status.ts';
import type { Reporter } from '../progress/events.ts';
import type { AnalyzedExperiment } from '../results/analyze-run.ts';

/** Ends a command with its results: says where they are and sets the exit status, 1 where something deviates. */
export function finish(reporter: Reporter, analyzed: readonly AnalyzedExperiment[], out: string): void {
  const status = Math.max(0, ...analyzed.map(({ results }) => exitStatusOf(results)));
  reporter.emit({ event: 'end', status, out });
  reporter.close();
  process.exitCode = status;
}
