import { rounded, withUnit } from '../number.ts';
import type { Comparison, Estimate, PointContrast } from './compare.ts';

/** One sentence that says what the comparison found: at how many grid points b is less or more than a, and by how much. */
export function verdict({ a, b, measure, unit, points, overall }: Comparison): string {
  const less = points.filter((point) => sign(point) < 0).length;
  const more = points.filter((point) => sign(point) > 0).length;
  const equal = points.length - less - more;
  const counts = [
    ...(less > 0 ? [`smaller at ${less}`] : []),
    ...(more > 0 ? [`larger at ${more}`] : []),
    ...(equal > 0 ? [`not told apart at ${equal}`] : []),
  ].join(', ');
  const all = points.length === 1 ? '1 grid point' : `${points.length} grid points`;
  const change = `${withUnit(signed(overall.difference.value), unit)}${intervalText(overall.difference, signed)}`;
  const share = overall.ratio === undefined ? '' : `, ${percent(overall.ratio)}`;
  const pairs = overall.n === 1 ? '1 pair' : `${overall.n} pairs`;
  const alone = overall.difference.interval === undefined ? ` ${whyNoInterval(points)}` : '';
  return `With ${b} instead of ${a} the ${measure} is ${counts} of ${all}; over all ${pairs}: ${change}${share}.${alone}`;
}

function whyNoInterval(points: Comparison['points']): string {
  const lone = points.filter(({ n }) => n === 1).length;
  const where =
    lone === points.length ? 'each grid point has' : `${lone} of ${points.length} grid points have`;
  return `No interval: ${where} one pair, and one pair says nothing of how far repetitions differ (--repetitions 2 or more).`;
}

/** A number with its sign and one decimal, none from 1000 on. */
export function signed(value: number): string {
  const text = Math.abs(value) >= 1000 ? value.toFixed(0) : value.toFixed(1);
  return value > 0 ? `+${text}` : text.replace('-', '−');
}

/** `−40.2 % [−40.3, −40.1]`: what a ratio means as a change. */
export function percent(ratio: Estimate): string {
  const change = (value: number) => signed(100 * (value - 1));
  return `${change(ratio.value)} %${intervalText(ratio, change)}`;
}

/** −1, 0 or 1: on which side of 0 the difference's whole interval lies; without an interval, the difference itself. */
function sign({ difference }: PointContrast): number {
  const { low, high } = difference.interval ?? { low: difference.value, high: difference.value };
  if (rounded(high) < 0) return -1;
  return rounded(low) > 0 ? 1 : 0;
}

function intervalText({ interval }: Estimate, show: (value: number) => string): string {
  return interval === undefined ? '' : ` [${show(interval.low)}, ${show(interval.high)}]`;
}
