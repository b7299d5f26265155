import type { About, Claim, Experiment } from '../../experiments/experiment.ts';
import { claimIdOf } from '../claims/result.ts';

/** A row of `claims.csv` as it stands in the file, text by column, with what it is about. */
export interface ClaimRow extends Readonly<Record<string, string | undefined>> {
  readonly id: string;
  readonly about: About;
  /** of the paper; '' where there is none */
  readonly section: string;
  readonly statement: string;
  readonly verdict: string;
  /** of what was measured; '' for slopes, shares and what is not known */
  readonly unit: string;
}

const withUnit = new Set<Claim['kind']>(['value', 'bound', 'constant']);

/** Completes rows of older versions: whose statement they are, which they do not say, is what the experiment is about. */
export function claimRows(
  rows: readonly Readonly<Record<string, string>>[],
  experiment: Experiment | undefined,
): readonly ClaimRow[] {
  return rows.map((row) => {
    const { id = '', statement = '', verdict = '' } = row;
    const claim = claimOf(id, experiment);
    return {
      ...row,
      ...{ id, statement, verdict },
      about: aboutOf(row.about ?? claim?.about, experiment),
      section: row.section ?? claim?.section ?? sectionOf(row.source ?? ''),
      unit: claim !== undefined && withUnit.has(claim.kind) ? unitOf(claim, experiment) : '',
    };
  });
}

/** The claim that a row was made by: a row's name may go on with the term (`:csMs`) and the clock (`@wall`). */
export function claimOf(row: string, experiment: Experiment | undefined): Claim | undefined {
  return experiment?.claims.find(({ id }) => id === claimIdOf(row));
}

function aboutOf(about: string | undefined, experiment: Experiment | undefined): About {
  if (about === 'paper' || about === 'ours' || about === 'lab') return about;
  if (experiment === undefined) return 'ours';
  return experiment.claims.every((claim) => claim.about === 'lab')
    ? 'lab'
    : experiment.claims.some((claim) => claim.about === 'paper')
      ? 'paper'
      : 'ours';
}

function sectionOf(source: string): string {
  return /§\d+(\.\d+)?/.exec(source)?.[0] ?? '';
}

/** A share has no unit. */
function unitOf(claim: Claim, experiment: Experiment | undefined): string {
  if ('shareOf' in claim && claim.shareOf !== undefined) return '';
  const { measure } = claim;
  return experiment?.measures.find(({ name }) => name === measure)?.unit ?? '';
}
