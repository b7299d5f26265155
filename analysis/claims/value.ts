import type { ValueClaim } from '../../experiments/experiment.ts';
import { plainNumber } from '../number.ts';
import { type Summary, summarize } from '../statistics.ts';
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
 * One row: the cell whose mean lies farthest from its expected value, by its tolerance, stands for all. A selected cell without a
 * successful repetition keeps the claim from being reproduced: it was stated for every cell.
 */
export function judgeValue(claim: ValueClaim, evidence: Evidence): Judgement {
  const { id, source, statement } = claim;
  const base = { id: id + evidence.suffix, source, statement: `${statement} (${claim.formula})` };
  const cells = summarize(evidence.samples);
  const worst = worstCell(claim, cells);
  if (worst === undefined) {
    const reasons = [
      cells.length === 0 ? nothingSelected(claim) : 'no repetition succeeded',
      exclusions(evidence.samples),
    ];
    const constant = typeof claim.tolerance === 'number' ? { tolerance: claim.tolerance } : {};
    return { ...base, ...constant, verdict: 'not run', reason: joined(reasons) };
  }
  const expected = claim.expected(worst.parameters);
  const tolerance = toleranceOf(claim, worst);
  const judged = verdictOf(worst.mean, expected, tolerance);
  const empty = cells.filter((cell) => cell.n === 0);
  const missing =
    empty.length === 0
      ? undefined
      : `no repetition succeeded in ${empty.map((c) => cellName(c, cells)).join('; ')}`;
  return {
    ...base,
    expected,
    tolerance,
    measured: worst.mean!,
    ...(worst.ci95Low === undefined ? {} : { ci95Low: worst.ci95Low }),
    ...(worst.ci95High === undefined ? {} : { ci95High: worst.ci95High }),
    verdict: judged === 'reproduced' && missing !== undefined ? 'not run' : judged,
    reason: joined([farthest(claim, worst, cells, expected), missing, exclusions(evidence.samples)]),
  };
}

function worstCell(claim: ValueClaim, cells: readonly Summary[]): Summary | undefined {
  let worst: Summary | undefined;
  let farthest = -1;
  for (const cell of cells) {
    if (cell.mean === undefined) continue;
    // A value or an expectation that is no number must not hide behind a comparison that is false.
    const distance = Math.abs(cell.mean - claim.expected(cell.parameters));
    if (Number.isNaN(distance)) return cell;
    const share = shareOf(distance, toleranceOf(claim, cell));
    if (share > farthest) {
      worst = cell;
      farthest = share;
    }
  }
  return worst;
}

/** Cells with tolerances of their own are compared by how much of it they need. */
function shareOf(distance: number, tolerance: number): number {
  if (tolerance > 0) return distance / tolerance;
  return distance === 0 ? 0 : Number.POSITIVE_INFINITY;
}

/** What the claim tolerates in this cell. */
export function toleranceOf({ tolerance }: ValueClaim, cell: Summary): number {
  return typeof tolerance === 'number' ? tolerance : tolerance(cell.parameters);
}

function farthest(claim: ValueClaim, worst: Summary, cells: readonly Summary[], expected: number): string {
  const difference = worst.mean! - expected;
  const text = `${difference < 0 ? '−' : '+'}${plainNumber(Math.abs(difference))} ${claim.unit}`;
  const measured = cells.filter((cell) => cell.n > 0).length;
  if (measured === 1) return `${text}, one cell (${worst.cell})`;
  return `farthest of ${measured} cells: ${cellName(worst, cells)} (${text})`;
}
