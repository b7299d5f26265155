import type { ProportionClaim } from '../../experiments/experiment.ts';
import { binomialInterval } from '../binomial.ts';
import type { Interval } from '../bootstrap.ts';
import { plainNumber } from '../number.ts';
import { type Summary, summarize } from '../statistics.ts';
import { cellName, type Evidence, exclusions, type Judgement, joined, nothingSelected } from './result.ts';

/** A cell's repetitions taken together. */
interface Count {
  readonly cell: Summary;
  readonly events: number;
  readonly trials: number;
  readonly expectedPct: number;
  readonly lowPct: number;
  readonly highPct: number;
  /** distance from the expected count in standard deviations */
  readonly distance: number;
}

/**
 * One row: the cell whose count lies farthest from what is expected, in standard deviations, stands for all. The claim's
 * confidence is split among its cells (Bonferroni), so that a network that keeps its word fails the claim once in
 * 1 / (1 − confidence) runs, however many cells there are. `tolerance` is the interval's half on the measured side.
 */
export function judgeProportion(claim: ProportionClaim, evidence: Evidence): Judgement {
  const { id, source, statement } = claim;
  const base = { id: id + evidence.suffix, source, statement: `${statement} (${claim.formula})` };
  const cells = summarize(evidence.samples);
  const filled = cells.filter((cell) => cell.mean !== undefined);
  const counts = filled.map((cell) => count(claim, cell, jointConfidence(claim, filled.length)));
  const [first] = counts;
  const excluded = exclusions(evidence.samples);
  if (first === undefined) {
    const cause = cells.length === 0 ? nothingSelected(claim) : 'no repetition succeeded';
    return { ...base, verdict: 'not run', reason: joined([cause, excluded]) };
  }
  const outside = counts.filter((candidate) => !inside(candidate));
  const worst = (outside.length > 0 ? outside : counts).reduce((a, b) => (b.distance > a.distance ? b : a));
  const missing = filled.length < cells.length ? 'no repetition succeeded in some cells' : undefined;
  const measured = (100 * worst.events) / worst.trials;
  return {
    ...base,
    expected: worst.expectedPct,
    tolerance:
      measured < worst.expectedPct ? worst.expectedPct - worst.lowPct : worst.highPct - worst.expectedPct,
    measured,
    verdict: outside.length > 0 ? 'deviates' : missing === undefined ? 'reproduced' : 'not run',
    reason: joined([told(claim, worst, cells), missing, excluded]),
  };
}

/** The interval (%) that a cell's share should lie in when `cells` cells are judged together. */
export function intervalPct(claim: ProportionClaim, cell: Summary, cells: number): Interval {
  const { lowPct, highPct } = count(claim, cell, jointConfidence(claim, cells));
  return { low: lowPct, high: highPct };
}

function jointConfidence({ confidence }: ProportionClaim, cells: number): number {
  return 1 - (1 - confidence) / cells;
}

function count(claim: ProportionClaim, cell: Summary, confidence: number): Count {
  const expectedPct = claim.expectedPct(cell.parameters);
  const trials = claim.trials(cell.parameters) * cell.n;
  const events = Math.round((cell.mean! / 100) * trials);
  const { low, high } = binomialInterval(trials, expectedPct / 100, confidence);
  const sd = Math.sqrt(trials * (expectedPct / 100) * (1 - expectedPct / 100));
  const off = Math.abs(events - (trials * expectedPct) / 100);
  const distance = sd > 0 ? off / sd : off > 0 ? Number.POSITIVE_INFINITY : 0;
  return {
    cell,
    events,
    trials,
    expectedPct,
    lowPct: (100 * low) / trials,
    highPct: (100 * high) / trials,
    distance,
  };
}

/** False as well where anything is no number. */
function inside({ events, trials, lowPct, highPct }: Count): boolean {
  const slack = 1e-9;
  const pct = (100 * events) / trials;
  return pct >= lowPct - slack && pct <= highPct + slack;
}

function told(claim: ProportionClaim, worst: Count, cells: readonly Summary[]): string {
  const which =
    cells.length === 1
      ? `one cell (${worst.cell.cell})`
      : `farthest of ${cells.length} cells: ${cellName(worst.cell, cells)}`;
  const interval = `${plainNumber(worst.lowPct)}…${plainNumber(worst.highPct)} %`;
  const level = plainNumber(claim.confidence * 100);
  const joint = cells.length === 1 ? '' : ', for all cells together';
  return `${which}; ${worst.events} of ${worst.trials}, ${level} % interval ${interval}${joint}`;
}
