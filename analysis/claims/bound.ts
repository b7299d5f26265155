import type { BoundClaim } from '../../experiments/experiment.ts';
import { plainNumber } from '../number.ts';
import type { Sample } from '../sample.ts';
import { type Summary, summarize } from '../statistics.ts';
import { cellName, type Evidence, exclusions, type Judgement, joined, nothingSelected } from './result.ts';

/** One row: the cell whose mean exceeds the range most, or comes nearest to its ends, stands for all. */
export function judgeBound(claim: BoundClaim, evidence: Evidence): Judgement {
  const { id, source, statement, range } = claim;
  const base = { id: id + evidence.suffix, source, statement: `${statement} (${rangeText(claim)})` };
  const cells = summarize(shares(claim, evidence));
  const measured = cells.filter((cell) => cell.mean !== undefined);
  const [first] = measured;
  const excluded = exclusions(evidence.samples);
  if (first === undefined) {
    const cause = cells.length === 0 ? nothingSelected(claim) : 'no repetition succeeded';
    return { ...base, verdict: 'not run', reason: joined([cause, excluded]) };
  }
  const worst = measured.reduce((a, b) => (excess(b, range) > excess(a, range) ? b : a), first);
  const within = excess(worst, range) <= 0;
  const isMissing = ({ mean, failed }: Summary) =>
    mean === undefined && (failed > 0 || claim.whereMeasured !== true);
  const missing = cells.some(isMissing) ? 'no repetition succeeded in some cells' : undefined;
  return {
    ...base,
    measured: worst.mean!,
    ...(worst.ci95Low === undefined ? {} : { ci95Low: worst.ci95Low }),
    ...(worst.ci95High === undefined ? {} : { ci95High: worst.ci95High }),
    verdict: within ? (missing === undefined ? 'reproduced' : 'not run') : 'deviates',
    reason: joined([`nearest of ${measured.length} cells: ${cellName(worst, cells)}`, missing, excluded]),
  };
}

/** How far a mean lies outside the range; below 0 inside. What is no number is outside. */
function excess({ mean }: Summary, { min, max }: BoundClaim['range']): number {
  const value = mean ?? Number.NaN;
  if (Number.isNaN(value)) return Number.POSITIVE_INFINITY;
  const below = min === undefined ? Number.NEGATIVE_INFINITY : min - value;
  const above = max === undefined ? Number.NEGATIVE_INFINITY : value - max;
  return Math.max(below, above);
}

function shares({ shareOf }: BoundClaim, { samples, measuresOf }: Evidence): readonly Sample[] {
  if (shareOf === undefined) return samples;
  return samples.map((sample) => {
    const whole = measuresOf(sample)[shareOf];
    if (sample.value === undefined || whole === undefined || whole === 0) {
      const { value: _, ...rest } = sample;
      return rest;
    }
    return { ...sample, value: sample.value / whole };
  });
}

function rangeText({ range, shareOf, unit }: BoundClaim): string {
  const parts = [
    ...(range.min === undefined ? [] : [`≥ ${plainNumber(range.min)}`]),
    ...(range.max === undefined ? [] : [`≤ ${plainNumber(range.max)}`]),
  ];
  return `${shareOf === undefined ? '' : `share of ${shareOf} `}${parts.join(' and ')} ${unit}`.trim();
}
