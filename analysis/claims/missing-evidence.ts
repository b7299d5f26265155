import type { Claim, Experiment, Parameters } from '../../experiments/experiment.ts';
import type { Sample } from '../sample.ts';
import { meets, strayed, valueIn } from '../select.ts';
import { conditionText, nothingSelected } from './result.ts';

/**
 * Why none of the repetitions that a claim was made for counts: each condition of its `given`, with the values measured. Undefined
 * where there is no such repetition. `madeFor` holds samples of the claim's measure, of one clock.
 */
export function unmetGiven(
  claim: Claim,
  madeFor: readonly Sample[],
  measuresOf: (sample: Sample) => Parameters,
): string | undefined {
  if (madeFor.length === 0) return undefined;
  const conditions = Object.entries(claim.given ?? {}).map(([name, condition]) => {
    const values = madeFor.flatMap((sample) => measuresOf(sample)[name] ?? []).sort((a, b) => a - b);
    const seen = values.length === 0 ? 'unknown in all' : `measured: ${spread(values)}`;
    return `${name} ${conditionText(condition)} (${seen})`;
  });
  return conditions.length === 0
    ? undefined
    : `none of ${madeFor.length} repetitions counts: needs ${conditions.join(', ')}`;
}

/** Which conditions of a claim no cell of the run meets; undefined where each is met by some cell, or nothing was measured. */
export function unmetConditions(
  experiment: Experiment,
  claim: Claim,
  measured: readonly Sample[],
): string | undefined {
  const stray = strayedInAll(experiment, claim, measured);
  const unmet = Object.entries(claim.where ?? {}).filter(
    ([name, condition]) =>
      // A claim for the other clock says so in its own words.
      !(name === 'clock' && claim.withoutEvidence !== undefined) &&
      !measured.some((sample) => meets(valueIn(experiment, sample, name), condition)),
  );
  if (measured.length === 0 || unmet.length + stray.length === 0) return undefined;
  const needs = [
    ...unmet.map(([name, condition]) => `${name} ${conditionText(condition)}`),
    ...stray.map((name) => `${name} ${defaultText(experiment, name)}`),
  ].join(', ');
  return `needs ${needs}; ${claim.withoutEvidence ?? nothingSelected(claim)}`;
}

/** Parameters that have left their defaults in every cell, though the claim does not name them. */
function strayedInAll(experiment: Experiment, claim: Claim, samples: readonly Sample[]): readonly string[] {
  const [first, ...others] = samples.map((sample) => strayed(experiment, claim, sample));
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)));
}

function defaultText({ parameters }: Experiment, name: string): string {
  const value = parameters[name]?.default;
  return value === undefined ? 'unset' : `= ${value}, its default`;
}

function spread(sorted: readonly number[]): string {
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  return least === most ? `${least}` : `${least} to ${most}`;
}
