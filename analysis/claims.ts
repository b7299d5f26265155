import type { AgreementClaim, Claim, Experiment, Given, Parameters } from '../experiments/experiment.ts';
import { judgeAgreement } from './claims/agreement.ts';
import { judgeBound } from './claims/bound.ts';
import { judgeConstant } from './claims/constant.ts';
import { unmetConditions, unmetGiven } from './claims/missing-evidence.ts';
import { judgeMonotone } from './claims/monotone.ts';
import { judgeOrder } from './claims/order.ts';
import { judgePaired } from './claims/paired.ts';
import { judgeProportion } from './claims/proportion.ts';
import { refined } from './claims/refined.ts';
import { judgeRegression } from './claims/regression.ts';
import { type ClaimResult, type Evidence, type Judgement, joined } from './claims/result.ts';
import { judgeValley } from './claims/valley.ts';
import { judgeValue } from './claims/value.ts';
import type { Sample } from './sample.ts';
import { groupBy, isMadeFor, meets } from './select.ts';

export { type ClaimResult, type Verdict, verdicts } from './claims/result.ts';

/**
 * Judges every claim of the experiment, a row or more each. Two clocks are two sets of evidence: a claim that names no
 * clock is judged on each clock that the selected cells hold, and never on both together. A claim without evidence is
 * `not run`.
 */
export function judge(experiment: Experiment, samples: readonly Sample[]): readonly ClaimResult[] {
  const measuresOf = measuresByRepetition(samples);
  const underVariant = partners(samples);
  const results = experiment.claims.flatMap((claim) => {
    if (claim.kind === 'agreement')
      return [described(claim, judgeAgreement(experiment, claim, samples, judge))];
    const measured = samples.filter(({ measure }) => measure === claim.measure);
    const madeFor = measured.filter((sample) => isMadeFor(experiment, claim, sample));
    const selected = madeFor.filter((sample) => fulfils(claim.given ?? {}, measuresOf(sample)));
    const counted = claim.statistic === 'least' ? leastOfCells(selected) : selected;
    const clocks = groupBy(counted, (s) => s.clock);
    if (clocks.size <= 1) {
      const evidence = { samples: counted, measuresOf, underVariant, suffix: '' };
      if (selected.length > 0) return judgeClaim(claim, evidence);
      const reason = unmetGiven(claim, madeFor, measuresOf) ?? unmetConditions(experiment, claim, measured);
      return judgeClaim({ ...claim, withoutEvidence: reason ?? claim.withoutEvidence }, evidence);
    }
    return [...clocks].flatMap(([clock, evidence]) =>
      judgeClaim(claim, { samples: evidence, measuresOf, underVariant, suffix: `@${clock}` }),
    );
  });
  return refined(results);
}

function judgeClaim(claim: Exclude<Claim, AgreementClaim>, evidence: Evidence): readonly ClaimResult[] {
  const { withoutEvidence } = claim;
  return judgeByKind(claim, evidence).map((judgement) => {
    const result = described(claim, judgement);
    if (result.verdict === 'deviates') return result;
    if (evidence.samples.length > 0 || withoutEvidence === undefined) return result;
    return { ...result, reason: withoutEvidence };
  });
}

/** What a claim says of itself beside what was found of it. */
function described(claim: Claim, judgement: Judgement): ClaimResult {
  const { about = 'ours', section = '', toleranceReason = '', refinedBy = [], deviation } = claim;
  const reason = judgement.verdict === 'deviates' ? joined([judgement.reason, deviation]) : judgement.reason;
  return { ...judgement, about, section, toleranceReason, refinedBy, reason };
}

function judgeByKind(claim: Exclude<Claim, AgreementClaim>, evidence: Evidence): readonly Judgement[] {
  switch (claim.kind) {
    case 'value':
      return [judgeValue(claim, evidence)];
    case 'proportion':
      return [judgeProportion(claim, evidence)];
    case 'regression':
      return judgeRegression(claim, evidence);
    case 'bound':
      return [judgeBound(claim, evidence)];
    case 'constant':
      return [judgeConstant(claim, evidence)];
    case 'monotone':
      return [judgeMonotone(claim, evidence)];
    case 'order':
      return [judgeOrder(claim, evidence)];
    case 'valley':
      return [judgeValley(claim, evidence)];
    case 'paired':
      return [judgePaired(claim, evidence)];
    default:
      return claim satisfies never;
  }
}

/** A repetition whose value of such a measure is unknown does not fulfil the condition. */
function fulfils(given: Given, measures: Parameters): boolean {
  return Object.entries(given).every(([name, range]) => meets(measures[name], range));
}

function measuresByRepetition(samples: readonly Sample[]): (sample: Sample) => Parameters {
  const key = (s: Sample) => [s.cell, s.variant, s.clock, s.repetition].join('|');
  const values = new Map<string, Record<string, number>>();
  for (const sample of samples) {
    if (sample.outcome !== 'succeeded' || sample.value === undefined) continue;
    const known = values.get(key(sample)) ?? {};
    known[sample.measure] = sample.value;
    values.set(key(sample), known);
  }
  return (sample) => values.get(key(sample)) ?? {};
}

/** Of each cell the sample with the least value, and those without any, which are counted. */
function leastOfCells(samples: readonly Sample[]): readonly Sample[] {
  const cells = groupBy(samples, (s) => [s.cell, s.variant, s.clock].join('|'));
  return [...cells.values()].flatMap((group) => {
    const valued = group.filter((sample) => sample.value !== undefined);
    const least = valued.reduce<Sample | undefined>(
      (a, b) => (a === undefined || b.value! < a.value! ? b : a),
      undefined,
    );
    return group.filter((sample) => sample === least || sample.value === undefined);
  });
}

/** The value of a sample's measure in the same repetition under another variant. */
function partners(samples: readonly Sample[]): Evidence['underVariant'] {
  const point = ({ parameters, clock, repetition, measure }: Sample, variant: string) => {
    const pairs = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([pairs, clock, repetition, measure, variant]);
  };
  let values: ReadonlyMap<string, number | undefined> | undefined;
  return (sample, variant) => {
    values ??= new Map(samples.map((one) => [point(one, one.variant), one.value]));
    return values.get(point(sample, variant));
  };
}
