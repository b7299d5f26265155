import type { PairedClaim } from '../../experiments/experiment.ts';
import { plainNumber, rounded } from '../number.ts';
import type { Sample } from '../sample.ts';
import { cellName, type Evidence, exclusions, type Judgement, joined, nothingSelected } from './result.ts';

/** A claim's row names at most so many of the repetitions that exceed their partners. */
const mostNamed = 5;

interface Difference {
  readonly sample: Sample;
  readonly more: number;
}

/** One row: the share of repetitions that have no more than they may. A selected one without a partner keeps the claim from being reproduced. */
export function judgePaired(claim: PairedClaim, evidence: Evidence): Judgement {
  const { id, source, statement, inPct, atMost, worst, lessVariant, unit } = claim;
  const words = `≤ ${plainNumber(atMost)} ${unit} more than ${lessVariant} in ${inPct} %, ≤ ${plainNumber(worst)} ${unit} in all`;
  const base = { id: id + evidence.suffix, source, statement: `${statement} (${words})`, expected: inPct };
  const valued = evidence.samples.filter(({ value }) => value !== undefined);
  const differences = valued.flatMap((sample): readonly Difference[] => {
    const other = evidence.underVariant(sample, lessVariant);
    return other === undefined ? [] : [{ sample, more: rounded(sample.value! - other) }];
  });
  const excluded = exclusions(evidence.samples);
  if (differences.length === 0) {
    const cause =
      evidence.samples.length === 0
        ? nothingSelected(claim)
        : `no repetition has a partner under ${lessVariant}`;
    return { ...base, verdict: 'not run', reason: joined([cause, excluded]) };
  }
  const beyond = differences.filter(({ more }) => more > atMost).sort((a, b) => b.more - a.more);
  const measured = rounded(100 - (100 * beyond.length) / differences.length);
  const holds = measured >= inPct && (beyond[0]?.more ?? 0) <= worst;
  const alone = valued.length - differences.length;
  const missing = alone === 0 ? undefined : `${alone} repetitions have no partner under ${lessVariant}`;
  const verdict = holds ? (missing === undefined ? 'reproduced' : 'not run') : 'deviates';
  const reason = joined([
    `${differences.length} pairs`,
    named(beyond, evidence.samples, unit),
    missing,
    excluded,
  ]);
  return { ...base, measured, verdict, reason };
}

function named(beyond: readonly Difference[], among: readonly Sample[], unit: string): string | undefined {
  if (beyond.length === 0) return undefined;
  const each = beyond
    .slice(0, mostNamed)
    .map(
      ({ sample, more }) =>
        `${cellName(sample, among)} repetition ${sample.repetition} (+${plainNumber(more)} ${unit})`,
    );
  const rest = beyond.length > mostNamed ? ` and ${beyond.length - mostNamed} more` : '';
  return `${beyond.length} beyond: ${each.join(', ')}${rest}`;
}
