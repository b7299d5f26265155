import type { AgreementClaim, Experiment } from '../experiments/experiment.ts';
import { combinationsOf, holdsIn, rowsOf } from './claims/agreement.ts';
import type { ClaimResult } from './claims/result.ts';
import { judge } from './claims.ts';
import { plainNumber } from './number.ts';
import type { Sample } from './sample.ts';

/** One claim, judged again in each combination. */
export interface AgreementRow {
  readonly claim: string;
  readonly statement: string;
  /** what the claim expects, with its tolerance; '' where that is no number */
  readonly expected: string;
  readonly cells: readonly AgreementCell[];
}

interface AgreementCell {
  /** what differs from the defaults; '' where nothing does */
  readonly combination: string;
  /** undefined: no evidence */
  readonly holds: boolean | undefined;
  readonly measured: string;
}

/** What an agreement claim of the experiment goes over: a row per claim that it judges again. Empty where there is no such claim. */
export function agreementRows(
  experiment: Experiment,
  id: string,
  samples: readonly Sample[],
): readonly AgreementRow[] {
  const claim = experiment.claims.find(
    (one): one is AgreementClaim => one.id === id && one.kind === 'agreement',
  );
  if (claim === undefined) return [];
  const combinations = combinationsOf(experiment, claim, samples, judge);
  const again = claim.of.flatMap(({ claims }) => claims);
  return again.map(({ id: one, statement }) => ({
    claim: one,
    statement,
    expected: expectedOf(combinations.flatMap((combination) => rowsOf(combination, one))),
    cells: combinations.map((combination) => ({
      combination: combination.name,
      holds: holdsIn(combination, one),
      measured: rowsOf(combination, one)
        .flatMap(({ measured }) => (measured === undefined ? [] : short(measured)))
        .slice(0, 1)
        .join(),
    })),
  }));
}

/** As the claim says it: where its cells differ in what is expected, the difference is what is measured. */
function expectedOf(rows: readonly ClaimResult[]): string {
  const told = rows.find(({ expected, tolerance }) => expected !== undefined && tolerance !== undefined);
  if (told === undefined) return '';
  const tolerance = told.tolerance === 0 ? '' : ` ± ${short(told.tolerance!)}`;
  return `${short(told.expected!)}${tolerance}`;
}

/** Four digits that count, three decimals at most. */
function short(value: number): string {
  return plainNumber(Number(Number(value.toPrecision(4)).toFixed(3)) + 0);
}
