import type { Parameters, ValleyClaim } from '../../experiments/experiment.ts';
import type { Sample } from '../sample.ts';
import { groupBy } from '../select.ts';
import { summarize } from '../statistics.ts';
import type { Evidence } from './result.ts';

/** The means of one series over the claim's parameter, in its order. */
export interface Series {
  readonly name: string;
  readonly parameters: Parameters;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** index of the least mean */
  readonly minimum: number;
  /** index of the first point that meets `begins`; undefined where none does */
  readonly begin: number | undefined;
  /** the parameter at which `begins` was first met, between two points: the point less the time that its measure says has passed since */
  readonly begun: number | undefined;
}

/** One series per value of the parameters `by`, of those cells in which a repetition succeeded. */
export function seriesOf(claim: ValleyClaim, evidence: Evidence): readonly Series[] {
  const nameOf = (p: Parameters) => claim.by.map((name) => `${name}=${p[name] ?? 'unset'}`).join(' ');
  const groups = groupBy(evidence.samples, (s) => nameOf(s.parameters));
  return [...groups].map(([name, samples]) => {
    const points = pointsOf(claim, samples, evidence);
    const minimum = points.reduce((at, point, i) => (point.y < points[at]!.y ? i : at), 0);
    const begin = points.findIndex((point) => point.other <= claim.begins.atMost);
    const first = points[begin];
    return {
      name,
      parameters: samples[0]!.parameters,
      points,
      minimum,
      begin: first === undefined ? undefined : begin,
      begun: first === undefined ? undefined : first.x - first.since,
    };
  });
}

function pointsOf(claim: ValleyClaim, samples: readonly Sample[], evidence: Evidence) {
  const meansOf = (measure: string) =>
    summarize(samples.map((sample) => withValue(sample, evidence.measuresOf(sample)[measure])));
  const [measured, state, since] = [
    summarize(samples),
    meansOf(claim.begins.measure),
    meansOf(claim.begins.since),
  ];
  return measured
    .flatMap((cell, index) => {
      const x = cell.parameters[claim.over];
      if (cell.mean === undefined || x === undefined) return [];
      const nan = Number.NaN;
      return [{ x, y: cell.mean, other: state[index]?.mean ?? nan, since: since[index]?.mean ?? nan }];
    })
    .sort((a, b) => a.x - b.x);
}

function withValue(sample: Sample, value: number | undefined): Sample {
  const { value: _, ...rest } = sample;
  return value === undefined ? rest : { ...rest, value };
}
