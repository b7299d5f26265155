import type { RegressionClaim } from '../../experiments/experiment.ts';
import { plainNumber } from '../number.ts';
import { type Coefficient, type Fit, regress } from '../regression.ts';
import type { Sample } from '../sample.ts';
import { groupBy } from '../select.ts';
import {
  cellName,
  type Evidence,
  exclusions,
  type Judgement,
  joined,
  nothingSelected,
  verdictOf,
} from './result.ts';

/**
 * One row per term, and one for the intercept where the claim expects a value; an intercept without one is told in the
 * reason of the first row. A design that cannot tell the terms apart gives `not run`, with the reason.
 */
export function judgeRegression(claim: RegressionClaim, evidence: Evidence): readonly Judgement[] {
  const usable = differences(claim, evidence).filter(
    (s) => s.outcome === 'succeeded' && s.value !== undefined,
  );
  const rows = usable.map((s) => ({ x: columnsOf(claim, s, evidence), y: s.value! }));
  const excluded = exclusions(evidence.samples);
  const fit = regress(
    rows,
    claim.terms.map((term) => term.parameter),
  );
  if (fit.kind === 'refused') {
    const cause =
      evidence.samples.length === 0
        ? nothingSelected(claim)
        : rows.length === 0
          ? 'no repetition succeeded'
          : fit.reason;
    return targets(claim).map((target) => ({
      ...row(claim, target, evidence.suffix),
      verdict: 'not run' as const,
      reason: joined([cause, excluded]),
    }));
  }
  const quality = joined([goodness(fit, usable), ...emptyCells(evidence.samples), excluded]);
  return targets(claim).map((target, index) => {
    const coefficient = index < claim.terms.length ? fit.coefficients[index]! : fit.intercept;
    const told =
      index === 0 && claim.intercept.expected === undefined ? interceptText(claim, fit) : undefined;
    return {
      ...row(claim, target, evidence.suffix),
      measured: coefficient.estimate,
      ...intervalOf(coefficient),
      verdict: verdictOf(coefficient.estimate, target.expected, target.tolerance),
      reason: joined([told, quality]),
    };
  });
}

/** The samples, or what each has more than its partner under another variant; one without a partner has no value. */
function differences(
  { lessVariant }: RegressionClaim,
  { samples, underVariant }: Evidence,
): readonly Sample[] {
  if (lessVariant === undefined) return samples;
  return samples.map((sample) => {
    const { value, ...rest } = sample;
    const other = underVariant(sample, lessVariant);
    return value === undefined || other === undefined ? rest : { ...rest, value: value - other };
  });
}

/** The terms' values of a repetition: its parameters, and what is made of them and of its other measures. */
function columnsOf(
  claim: RegressionClaim,
  sample: Sample,
  evidence: Evidence,
): Readonly<Record<string, number>> {
  const columns: Record<string, number> = { ...sample.parameters };
  for (const { parameter, value } of claim.terms) {
    if (value !== undefined) columns[parameter] = value(sample.parameters, evidence.measuresOf(sample));
  }
  return columns;
}

interface Target {
  readonly name: string;
  readonly words: string;
  readonly expected: number;
  readonly tolerance: number;
}

function targets(claim: RegressionClaim): readonly Target[] {
  const slopes = claim.terms.map((term) => ({
    ...term,
    name: term.parameter,
    words: `slope over ${term.symbol}`,
  }));
  const { expected, tolerance = 0, unit, explanation } = claim.intercept;
  if (expected === undefined) return slopes;
  return [
    ...slopes,
    { name: 'intercept', words: `intercept in ${unit}: ${explanation}`, expected, tolerance },
  ];
}

function row(claim: RegressionClaim, target: Target, suffix: string) {
  const { source, statement } = claim;
  const { expected, tolerance } = target;
  return {
    id: `${claim.id}:${target.name}${suffix}`,
    source,
    statement: `${statement} [${target.words}]`,
    expected,
    tolerance,
  };
}

function intervalOf(coefficient: Coefficient) {
  const { interval } = coefficient;
  return interval === undefined ? {} : { ci95Low: interval.low, ci95High: interval.high };
}

function interceptText(claim: RegressionClaim, fit: Fit): string {
  const { estimate, interval } = fit.intercept;
  const range =
    interval === undefined ? '' : ` [${plainNumber(interval.low)}, ${plainNumber(interval.high)}]`;
  return `intercept ${plainNumber(estimate)}${range} ${claim.intercept.unit}, not judged: ${claim.intercept.explanation}`;
}

function goodness(fit: Fit, usable: readonly Sample[]): string {
  const worst = fit.residuals.reduce(
    (at, value, i) => (Math.abs(value) > Math.abs(fit.residuals[at]!) ? i : at),
    0,
  );
  const where = cellName(usable[worst]!, usable);
  const largest = `largest residual ${plainNumber(fit.residuals[worst])} ${usable[worst]!.unit} (${where})`;
  const free =
    fit.degreesOfFreedom === 0 ? ', no degree of freedom left: the line passes through every value' : '';
  return `n = ${usable.length}, R² = ${plainNumber(fit.rSquared)}, ${largest}${free}`;
}

function emptyCells(samples: readonly Sample[]): readonly string[] {
  const cells = groupBy(samples, (s) => `${s.cell}|${s.variant}`);
  return [...cells.values()]
    .filter((group) => !group.some((s) => s.outcome === 'succeeded' && s.value !== undefined))
    .map((group) => `no repetition succeeded in ${cellName(group[0]!, samples)}`);
}
