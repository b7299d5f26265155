import type { AgreementClaim, Experiment, Parameters } from '../../experiments/experiment.ts';
import type { Sample } from '../sample.ts';
import { groupBy } from '../select.ts';
import { type ClaimResult, claimIdOf, type Judgement, joined } from './result.ts';

/** How an experiment's claims are judged on samples: `judge` of `analysis/claims.ts`, which uses this. */
type Judge = (experiment: Experiment, samples: readonly Sample[]) => readonly ClaimResult[];

/** The values of some parameters, with the claims that were judged where the run has these. */
interface Combination {
  /** what differs from the defaults, e.g. `bucketFrames=1`; '' where nothing does */
  readonly name: string;
  readonly values: Parameters;
  readonly rows: readonly ClaimResult[];
}

/** Judges the claims of `of` in each combination of the parameters `by` that the samples hold, the defaults first. */
export function combinationsOf(
  { parameters }: Experiment,
  { by, of }: Pick<AgreementClaim, 'by' | 'of'>,
  samples: readonly Sample[],
  judge: Judge,
): readonly Combination[] {
  const usual = (name: string) => parameters[name]?.default;
  const valuesOf = (sample: Sample): Parameters =>
    Object.fromEntries(by.map((name) => [name, sample.parameters[name] ?? usual(name) ?? Number.NaN]));
  const groups = groupBy(samples, (sample) => JSON.stringify(valuesOf(sample)));
  const combinations = [...groups.values()].map((mine): Combination => {
    const values = valuesOf(mine[0]!);
    const changed = by.filter((name) => values[name] !== usual(name));
    return {
      name: changed.map((name) => `${name}=${values[name]}`).join(' '),
      values,
      rows: of.flatMap((experiment) => judge(withDefaults(experiment, values), mine)),
    };
  });
  return combinations.sort((a, b) => inOrder(by, a, b));
}

/** The rows of one of its claims. */
export function rowsOf({ rows }: Combination, claim: string): readonly ClaimResult[] {
  return rows.filter(({ id }) => claimIdOf(id) === claim);
}

/** True where every row of the claim is reproduced, false where one is not; undefined where there is no evidence for one. */
export function holdsIn(combination: Combination, claim: string): boolean | undefined {
  const mine = rowsOf(combination, claim);
  if (mine.some(({ verdict }) => verdict === 'refined' || verdict === 'deviates')) return false;
  return mine.length === 0 || mine.some(({ verdict }) => verdict === 'not run') ? undefined : true;
}

/** The ids of the claims that an agreement is about. */
function judgedAgain({ of }: Pick<AgreementClaim, 'of'>): readonly string[] {
  return of.flatMap(({ claims }) => claims.map(({ id }) => id));
}

/** One row. Combinations that lack the evidence for one of the claims are left out, and named. */
export function judgeAgreement(
  experiment: Experiment,
  claim: AgreementClaim,
  samples: readonly Sample[],
  judge: Judge,
): Judgement {
  const { id, source, statement } = claim;
  const ids = judgedAgain(claim);
  const all = combinationsOf(experiment, claim, samples, judge);
  const judged = all.filter((combination) => ids.every((one) => holdsIn(combination, one) !== undefined));
  const left = all.length - judged.length;
  const without = left === 0 ? undefined : `${left} of ${all.length} combinations lack evidence`;
  const base = { id, source, statement };
  const counted = judged.map((combination) => ({
    name: combination.name === '' ? 'the defaults' : combination.name,
    chosen: combination.name === '',
    count: ids.filter((one) => holdsIn(combination, one)).length,
  }));
  const found = counted.length < 2 ? undefined : verdictIn(claim, counted, ids.length);
  if (found !== undefined) return { ...base, ...found, reason: joined([found.reason, without]) };
  const few = `needs two combinations of ${claim.by.join(', ')} at least, one of them the defaults`;
  return { ...base, verdict: 'not run', reason: joined([few, without]) };
}

interface Counted {
  readonly name: string;
  readonly chosen: boolean;
  /** of the claims, how many are reproduced */
  readonly count: number;
}

type Found = Pick<Judgement, 'expected' | 'tolerance' | 'measured' | 'verdict' | 'reason'>;

function verdictIn(
  { holds }: AgreementClaim,
  counted: readonly Counted[],
  claims: number,
): Found | undefined {
  const holding = counted.filter(({ count }) => count === claims);
  const others = counted.filter(({ count }) => count < claims);
  const number = `in ${holding.length} of ${counted.length} combinations`;
  switch (holds) {
    case 'always': {
      const reason = joined([number, others.length === 0 ? undefined : `not with ${named(others)}`]);
      const verdict = others.length === 0 ? 'reproduced' : 'deviates';
      return { expected: counted.length, tolerance: 0, measured: holding.length, verdict, reason };
    }
    case 'never': {
      const reason = joined([number, holding.length === 0 ? undefined : `with ${named(holding)}`]);
      const verdict = holding.length === 0 ? 'reproduced' : 'deviates';
      return { expected: 0, tolerance: 0, measured: holding.length, verdict, reason };
    }
    case 'sometimes': {
      const verdict = holding.length > 0 && others.length > 0 ? 'reproduced' : 'deviates';
      const reason = joined([number, holding.length === 0 ? undefined : `with ${named(holding)}`]);
      return { measured: holding.length, verdict, reason };
    }
    case 'most': {
      const chosen = counted.find((one) => one.chosen);
      if (chosen === undefined) return undefined;
      const most = Math.max(...counted.map(({ count }) => count));
      const best = counted.filter(({ count }) => count === most);
      const verdict = chosen.count === most ? 'reproduced' : 'deviates';
      const reason = `${most} of ${claims} are the most that hold at once, with ${named(best)}`;
      return { expected: most, tolerance: 0, measured: chosen.count, verdict, reason };
    }
    default:
      return holds satisfies never;
  }
}

function named(combinations: readonly Counted[]): string {
  return combinations.map(({ name }) => name).join(', ');
}

/** What a claim does not name has to be at its default: here, the combination's value. */
function withDefaults(experiment: Experiment, values: Parameters): Experiment {
  const changed = Object.entries(values).flatMap(([name, value]) => {
    const spec = experiment.parameters[name];
    return spec === undefined ? [] : [[name, { ...spec, default: value }] as const];
  });
  return { ...experiment, parameters: { ...experiment.parameters, ...Object.fromEntries(changed) } };
}

function changesOf({ name }: Combination): readonly string[] {
  return name === '' ? [] : name.split(' ').map((change) => change.replace(/=.*/, ''));
}

/** The fewest changes first; then by which parameters, and by their values. */
function inOrder(by: readonly string[], a: Combination, b: Combination): number {
  const [mine, other] = [changesOf(a), changesOf(b)];
  if (mine.length !== other.length) return mine.length - other.length;
  const places = mine.map((name, index) => by.indexOf(name) - by.indexOf(other[index]!));
  const place = places.find((one) => one !== 0);
  if (place !== undefined) return place;
  const name = by.find((one) => a.values[one] !== b.values[one]);
  return name === undefined ? 0 : a.values[name]! - b.values[name]!;
}
