import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment } from '../experiments/experiment.ts';
import { analyzeCell } from './analyze-cell.ts';
import { type Manifest, type Results, writeResults } from './results.ts';
import type { Sample } from './sample.ts';

/** Which cells an analysis takes, and how it comes by their samples. */
interface CellSource {
  /** names below `folder/cells`; default: all that lie there */
  readonly cells?: readonly string[];
  /** default: from the cell's capture */
  readonly samplesOf?: (cellFolder: string) => Promise<readonly Sample[]>;
  /** the experiment's folder that has the cells; default: the one that is written to */
  readonly from?: string;
}

/** Reads the captures of cells below `cells` and writes samples, summary, claims, manifest and figures into `folder`. */
export async function analyzeExperiment(
  folder: string,
  experiment: Experiment,
  manifest: Manifest,
  source: CellSource = {},
): Promise<Results> {
  const { from = folder, samplesOf = (cellFolder) => analyzeCell(cellFolder, experiment.measures) } = source;
  const samples: Sample[] = [];
  for (const cell of source.cells ?? (await cellsBelow(from)))
    samples.push(...(await samplesOf(join(from, 'cells', cell))));
  const results = await writeResults(folder, { experiment, samples, manifest });
  // What draws takes half a second to load: too long for every command that draws nothing.
  const { writeFigures } = await import('./plots/write-figures.ts');
  const { writeSequences } = await import('./plots/write-sequences.ts');
  await writeFigures(join(folder, 'plots'), experiment, results.summaries, results.samples);
  await writeSequences(folder, experiment, results.samples, from);
  return results;
}

async function cellsBelow(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'cells'));
  return names.filter((name) => !name.endsWith('.partial')).sort();
}
