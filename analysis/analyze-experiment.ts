import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment } from '../experiments/experiment.ts';
import { analyzeCell } from './analyze-cell.ts';
import { writeFigures } from './plots/write-figures.ts';
import { type Manifest, type Results, writeResults } from './results.ts';
import type { Sample } from './sample.ts';

/** Reads every cell's capture below `folder/cells` and writes samples, summary, claims, manifest and figures into `folder`. */
export async function analyzeExperiment(
  folder: string,
  experiment: Experiment,
  manifest: Manifest,
): Promise<Results> {
  const cells = (await readdir(join(folder, 'cells'))).filter((name) => !name.endsWith('.partial')).sort();
  const samples: Sample[] = [];
  for (const cell of cells)
    samples.push(...(await analyzeCell(join(folder, 'cells', cell), experiment.measures)));
  const results = await writeResults(folder, { experiment, samples, manifest });
  await writeFigures(join(folder, 'plots'), experiment, results.summaries);
  return results;
}
