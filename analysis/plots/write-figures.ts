import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment } from '../../experiments/experiment.ts';
import { writeWhole } from '../results.ts';
import type { Sample } from '../sample.ts';
import type { Summary } from '../statistics.ts';
import { figure } from './figure.ts';
import { renderPng, renderSvg } from './render.ts';

const suffixes = ['.vl.json', '.svg', '.png'];

export interface FiguresWritten {
  /** ids of the plots in `folder` */
  readonly written: readonly string[];
  /** ids of the plots that the run has no data for */
  readonly skipped: readonly string[];
}

/**
 * Writes each plot of the experiment as `folder/<id>.vl.json`, `.svg` and `.png`; removes the files of a plot that the run
 * has no data for, so that none of an earlier run is taken for this one's.
 */
export async function writeFigures(
  folder: string,
  experiment: Experiment,
  summaries: readonly Summary[],
  samples: readonly Sample[] = [],
): Promise<FiguresWritten> {
  const written: string[] = [];
  const skipped: string[] = [];
  for (const plot of experiment.plots) {
    const spec = figure(plot, experiment, summaries, samples);
    const path = join(folder, plot.id);
    if (spec === undefined) {
      for (const suffix of suffixes) await rm(path + suffix, { force: true });
      skipped.push(plot.id);
      continue;
    }
    const svg = await renderSvg(spec);
    await writeWhole(`${path}.vl.json`, `${JSON.stringify(spec, undefined, 2)}\n`);
    await writeWhole(`${path}.svg`, svg);
    await writeWhole(`${path}.png`, renderPng(svg));
    written.push(plot.id);
  }
  return { written, skipped };
}
