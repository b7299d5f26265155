import type { ConstantClaim } from '../../experiments/experiment.ts';
import { plainNumber } from '../number.ts';
import { summarize } from '../statistics.ts';
import { type Evidence, exclusions, type Judgement, joined, nothingSelected, verdictOf } from './result.ts';

/** One row: the distance between the largest and the smallest mean. Fewer than two values of the parameter are no evidence. */
export function judgeConstant(claim: ConstantClaim, evidence: Evidence): Judgement {
  const { id, source, statement, over, tolerance, unit } = claim;
  const base = {
    id: id + evidence.suffix,
    source,
    statement: `${statement} [largest − smallest mean over ${over}, ${unit}]`,
    expected: 0,
    tolerance,
  };
  const cells = summarize(evidence.samples);
  const measured = cells.filter((cell) => cell.mean !== undefined);
  const excluded = exclusions(evidence.samples);
  const values = new Set(measured.map((cell) => cell.parameters[over]));
  if (values.size < 2) {
    const cause = cells.length === 0 ? nothingSelected(claim) : `${over} does not vary`;
    return { ...base, verdict: 'not run', reason: joined([cause, excluded]) };
  }
  const ordered = [...measured].sort((a, b) => a.mean! - b.mean!);
  const [least, most] = [ordered[0]!, ordered.at(-1)!];
  const spread = most.mean! - least.mean!;
  const missing = measured.length < cells.length ? 'no repetition succeeded in some cells' : undefined;
  const verdict = verdictOf(spread, 0, tolerance);
  const ends = [least, most].map((cell) => `${plainNumber(cell.mean)} at ${over}=${cell.parameters[over]}`);
  return {
    ...base,
    measured: spread,
    verdict: verdict === 'reproduced' && missing !== undefined ? 'not run' : verdict,
    reason: joined([`from ${ends.join(' to ')}`, missing, excluded]),
  };
}
