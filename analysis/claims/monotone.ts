import { mean } from 'simple-statistics';
import type { MonotoneClaim } from '../../experiments/experiment.ts';
import { plainNumber } from '../number.ts';
import { groupBy } from '../select.ts';
import { summarize } from '../statistics.ts';
import { type Evidence, exclusions, type Judgement, joined, nothingSelected } from './result.ts';

/** One row: the share of steps that go the claimed way; the first that does not is named. Cells of one value are taken together. */
export function judgeMonotone(claim: MonotoneClaim, evidence: Evidence): Judgement {
  const { id, source, statement, over, direction } = claim;
  const base = {
    id: id + evidence.suffix,
    source,
    statement: `${statement} [share of steps of ${over} at which the mean ${direction}]`,
    expected: 1,
    tolerance: 0,
  };
  const cells = summarize(evidence.samples).filter(
    (cell) => cell.mean !== undefined && cell.parameters[over] !== undefined,
  );
  const points = [...groupBy(cells, (cell) => String(cell.parameters[over]))]
    .map(([x, group]) => ({ x: Number(x), y: mean(group.map((cell) => cell.mean!)) }))
    .sort((a, b) => a.x - b.x);
  const excluded = exclusions(evidence.samples);
  if (points.length < 2) {
    const cause = evidence.samples.length === 0 ? nothingSelected(claim) : `${over} does not vary`;
    return { ...base, verdict: 'not run', reason: joined([cause, excluded]) };
  }
  const wrong = points.slice(1).flatMap((point, index) => {
    const before = points[index]!;
    const right = direction === 'rises' ? point.y > before.y : point.y < before.y;
    return right
      ? []
      : [`${plainNumber(before.y)} → ${plainNumber(point.y)} at ${over} ${before.x} → ${point.x}`];
  });
  const values = points.map(({ x, y }) => `${plainNumber(y)} at ${x}`).join(', ');
  return {
    ...base,
    measured: 1 - wrong.length / (points.length - 1),
    verdict: wrong.length === 0 ? 'reproduced' : 'deviates',
    reason: joined([wrong[0] ?? values, excluded]),
  };
}
