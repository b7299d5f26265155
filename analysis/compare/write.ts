import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { plainNumber } from '../number.ts';
import { renderPng, renderSvg } from '../plots/render.ts';
import { writeWhole } from '../results.ts';
import type { Comparison, Contrast } from './compare.ts';
import { comparisonFigure } from './figure.ts';
import { verdict } from './verdict.ts';

/** what is compared unless it is asked otherwise */
export const usualMeasure = 'handoff-gap';

/**
 * Writes `<experiment>-<a>-<b>.csv` (a row per grid point, the last over all), `.vl.json`, `.svg`, `.png` and, for the report, `.json`
 * into `folder`; returns their common path. The name of another measure than the handoff gap stands in it, too.
 */
export async function writeComparison(
  folder: string,
  comparison: Comparison,
  command: string,
): Promise<string> {
  const { experiment, measure, a, b } = comparison;
  const named = [experiment, ...(measure === usualMeasure ? [] : [measure]), a, b];
  const path = join(folder, named.map((part) => part.replaceAll(/[^\w.+-]/g, '_')).join('-'));
  const record = { experiment, measure, a, b, sentence: verdict(comparison), command };
  await writeWhole(`${path}.json`, `${JSON.stringify(record, undefined, 2)}\n`);
  const spec = comparisonFigure(comparison);
  const svg = await renderSvg(spec);
  await writeWhole(`${path}.csv`, comparisonCsv(comparison));
  await writeWhole(`${path}.vl.json`, `${JSON.stringify(spec, undefined, 2)}\n`);
  await writeWhole(`${path}.svg`, svg);
  await writeWhole(`${path}.png`, renderPng(svg));
  return path;
}

/** The comparison as a table: differences are b − a, ratios b / a. */
export function comparisonCsv({ points, overall, measure, unit, a, b, clock }: Comparison): string {
  const head = ['grid_point', 'measure', 'unit', 'clock', 'a', 'b', 'n', 'left_out', 'mean_a', 'mean_b'];
  const estimates = ['difference', 'ratio'].flatMap((name) => [
    name,
    `${name}_ci95_low`,
    `${name}_ci95_high`,
  ]);
  const row = (name: string, contrast: Contrast) => [
    ...[name, measure, unit, clock, a, b],
    ...numbersOf(contrast).map(plainNumber),
  ];
  return stringify([
    [...head, ...estimates],
    ...points.map((point) => row(point.name, point)),
    row('all', overall),
  ]);
}

function numbersOf({
  n,
  leftOut,
  meanA,
  meanB,
  difference,
  ratio,
}: Contrast): readonly (number | undefined)[] {
  return [
    ...[n, leftOut, meanA, meanB],
    ...[difference.value, difference.interval?.low, difference.interval?.high],
    ...[ratio?.value, ratio?.interval?.low, ratio?.interval?.high],
  ];
}
