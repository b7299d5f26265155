import type { OrderClaim, Parameters } from '../../experiments/experiment.ts';
import { plainNumber } from '../number.ts';
import { cellName, type Evidence, exclusions, type Judgement, joined, nothingSelected } from './result.ts';

/** One row: the share of repetitions in which every instant lies in its place; the first that does not is named. */
export function judgeOrder(claim: OrderClaim, evidence: Evidence): Judgement {
  const { id, source, statement, stages } = claim;
  const text = stages.map((stage) => stage.map(short).join(' and ')).join(' → ');
  const base = {
    id: id + evidence.suffix,
    source,
    statement: `${statement} (${text}) [share of repetitions in this order]`,
    expected: 1,
    tolerance: 0,
  };
  const usable = evidence.samples.filter((s) => s.outcome === 'succeeded');
  const excluded = exclusions(evidence.samples);
  if (usable.length === 0) {
    const cause = evidence.samples.length === 0 ? nothingSelected(claim) : 'no repetition succeeded';
    return { ...base, verdict: 'not run', reason: joined([cause, excluded]) };
  }
  const faults = usable.flatMap((sample) => {
    const fault = misplaced(stages, evidence.measuresOf(sample));
    return fault === undefined
      ? []
      : [`${cellName(sample, usable)}, repetition ${sample.repetition}: ${fault}`];
  });
  return {
    ...base,
    measured: 1 - faults.length / usable.length,
    verdict: faults.length === 0 ? 'reproduced' : 'deviates',
    reason: joined([faults[0] ?? `n = ${usable.length}`, excluded]),
  };
}

/** The first instant that is absent or not after all those of the stage before, in words. */
function misplaced(stages: OrderClaim['stages'], instants: Parameters): string | undefined {
  for (const name of stages.flat()) if (instants[name] === undefined) return `no ${short(name)}`;
  for (const [index, stage] of stages.slice(1).entries()) {
    for (const earlier of stages[index]!) {
      for (const later of stage) {
        const [before, after] = [instants[earlier]!, instants[later]!];
        if (before < after) continue;
        return `${short(later)} (${plainNumber(after)} ms) is not after ${short(earlier)} (${plainNumber(before)} ms)`;
      }
    }
  }
  return undefined;
}

function short(name: string): string {
  return name.replace(/^at-/, '');
}
