import { differenceText } from '../results/determinants.ts';
import { type Finding, findingsText } from './compare-cell.ts';
import type { CheckedCell, CheckedExperiment, Verification } from './verify.ts';

/** True where something was found to be other than published. */
export function differs({ findings }: CheckedCell): boolean {
  return Object.values(findings).some(({ kind }) => kind === 'differs');
}

export function cellText({ experiment, cell, findings }: CheckedCell): string {
  return `${experiment} ${cell}  ${findingsText(findings)}`;
}

/** What the whole verification found: counts, and why something is other, as far as the manifests tell. */
export function summaryText({ cells, experiments, failures }: Verification): readonly string[] {
  const same = (aspect: keyof CheckedCell['findings']) =>
    cells.filter(({ findings }) => findings[aspect].kind === 'same').length;
  const counts = (['octets', 'values', 'verdicts'] as const).map(
    (aspect) => `${same(aspect)} same ${aspect}`,
  );
  return [
    `${cells.length} cells measured again: ${counts.join(', ')}`,
    ...failures.map((failure) => `not measured: ${failure}`),
    ...grouped(experiments, ({ claims }) => claimsLine(claims)),
    ...(cells.some(differs) ? causes(experiments, 'what differs comes from, or in spite of:') : []),
    ...(cells.some(differs) ? [] : causes(experiments, 'nothing differs, although these do:')),
    ...grouped(experiments, ({ unknown }) => unknownLine(unknown)),
  ];
}

function claimsLine(claims: Finding): readonly string[] {
  if (claims.kind === 'same') return [];
  const words = claims.kind === 'differs' ? claims.how : claims.why;
  return [`the published samples, judged by these sources: ${words}`];
}

function causes(experiments: readonly CheckedExperiment[], head: string): readonly string[] {
  const lines = grouped(experiments, ({ differing }) => differing.map(differenceText));
  if (lines.length > 0) return [head, ...lines.map((line) => `  ${line}`)];
  return head.startsWith('what') ? ['no recorded determinant differs'] : [];
}

function unknownLine(unknown: readonly string[]): readonly string[] {
  return unknown.length === 0 ? [] : [`not recorded then, or not now: ${unknown.join(', ')}`];
}

/** Each line once, with the experiments that it holds for where it does not hold for all. */
function grouped(
  experiments: readonly CheckedExperiment[],
  linesOf: (experiment: CheckedExperiment) => readonly string[],
): readonly string[] {
  const holders = new Map<string, string[]>();
  for (const each of experiments)
    for (const line of linesOf(each)) holders.set(line, [...(holders.get(line) ?? []), each.experiment]);
  return [...holders].map(([line, names]) =>
    names.length === experiments.length ? line : `${line} (${names.join(', ')})`,
  );
}
