import type { SoakVerdict } from '../../analysis/soak/check-soak.ts';

/** What one seed has come to; without a verdict the lab has failed. */
export interface SeedOutcome {
  readonly seed: number;
  readonly verdict?: SoakVerdict;
  readonly failure?: string;
}

const columns = ['seed', 'outcome', 'longest silence', 'visits', 'lost', 'handoffs', 'packets'] as const;

/** One line for each seed, in plain columns. */
export function outcomeTable(outcomes: readonly SeedOutcome[]): string {
  const rows = [columns, ...outcomes.map(rowOf)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** 0: every invariant held for every seed; 1: one did not; 3: none was violated, but a lab has failed. */
export function statusOfOutcomes(outcomes: readonly SeedOutcome[]): 0 | 1 | 3 {
  if (outcomes.some(({ verdict }) => (verdict?.violations.length ?? 0) > 0)) return 1;
  return outcomes.some(({ failure, verdict }) => failure !== undefined || verdict === undefined) ? 3 : 0;
}

function rowOf({ seed, verdict, failure }: SeedOutcome): readonly string[] {
  if (verdict === undefined) return [`${seed}`, `lab failed: ${failure ?? 'not run'}`, '', '', '', '', ''];
  const { violations, figures, longestSilence } = verdict;
  const [first] = violations;
  const held = failure === undefined ? 'held' : `lab failed: ${failure}`;
  const silence =
    longestSilence === undefined
      ? 'none'
      : `${(longestSilence.lastedMs / 1000).toFixed(3)} s (${longestSilence.visit})`;
  return [
    `${seed}`,
    first === undefined ? held : `${first.invariant} at ${(first.atMs / 1000).toFixed(3)} s`,
    silence,
    ...[figures.visits, figures.lostWithTheirMember, figures.handoffs, figures.packets].map(
      (figure) => `${figure ?? ''}`,
    ),
  ];
}
