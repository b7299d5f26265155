import type { About } from '../../experiments/experiment.ts';
import { type ClaimResult, type Verdict, verdicts } from '../claims/result.ts';

/** What is counted of a row of `claims.csv`. */
export type Countable = Pick<ClaimResult, 'id' | 'about' | 'verdict'>;

type VerdictCounts = Readonly<Record<Verdict, number>>;

/** How many rows have which verdict, by whose statement they judge. */
export type Counts = Readonly<Record<About, VerdictCounts>>;

/** The worst first; what one clock has no evidence for another may have. */
const severity: readonly string[] = ['deviates', 'refined', 'reproduced', 'not run'];

/**
 * Each row once where a run holds an experiment on several clocks: with the worst verdict of those that have evidence for it. The order
 * is that of the first appearance.
 */
export function acrossClocks<Row extends { readonly id: string; readonly verdict: string }>(
  rows: readonly Row[],
): readonly Row[] {
  const worst = new Map<string, Row>();
  for (const row of rows) {
    const key = row.id.replace(/@.*$/, '');
    const known = worst.get(key);
    if (known === undefined || severity.indexOf(row.verdict) < severity.indexOf(known.verdict))
      worst.set(key, row);
  }
  return [...worst.values()];
}

/** How many of these rows have which verdict, whoever says what they judge; in the order of `verdicts`. */
export function verdictCounts(rows: readonly { readonly verdict: string }[]): VerdictCounts {
  const pairs = verdicts.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]);
  return Object.fromEntries(pairs) as VerdictCounts;
}

export function countsOf(rows: readonly Pick<Countable, 'about' | 'verdict'>[]): Counts {
  const of = (about: About) => verdictCounts(rows.filter((row) => row.about === about));
  return { paper: of('paper'), ours: of('ours'), lab: of('lab') };
}

const origins: Readonly<Record<About, string>> = {
  paper: 'of the paper',
  ours: 'beyond it',
  lab: 'of the lab',
};

/** A line per origin: the paper's claims, our additions, and what the lab says of itself are counted apart. */
export function countsText(counts: Counts): string {
  const lines = Object.entries(origins).flatMap(([about, words]) => {
    const own = counts[about as About];
    if (verdicts.every((verdict) => own[verdict] === 0)) return [];
    return [`${words}: ${verdicts.map((verdict) => `${own[verdict]} ${verdict}`).join(', ')}`];
  });
  return lines.join('\n');
}
