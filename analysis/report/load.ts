import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Experiment } from '../../experiments/experiment.ts';
import { experiments, findExperiment } from '../../experiments/index.ts';
import { readSamples } from '../csv.ts';
import type { Sample } from '../sample.ts';

/** A row of `claims.csv` as it stands in the file: text by column. */
export type ClaimRow = Readonly<Record<string, string>>;

export interface Drawing {
  readonly id: string;
  readonly svg: string;
}

/** One experiment's results as they are on disk. */
export interface ReportedExperiment {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly question: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly claims: readonly ClaimRow[];
  readonly samples: readonly Sample[];
  readonly drawings: readonly Drawing[];
  /** the experiment as this version knows it; undefined where it knows none of that name */
  readonly known: Experiment | undefined;
}

/** The experiments below `dir`, those folders that hold a `manifest.json`: known ones in the paper's order, then others by name. */
export async function loadExperiments(dir: string): Promise<readonly ReportedExperiment[]> {
  const order = new Map(experiments.map((experiment, index) => [experiment.id, index]));
  const place = (id: string) => order.get(id) ?? experiments.length;
  const folders: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory() && (await readdir(join(dir, entry.name))).includes('manifest.json'))
      folders.push(entry.name);
  }
  folders.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  return Promise.all(folders.map((id) => load(dir, id)));
}

async function load(dir: string, id: string): Promise<ReportedExperiment> {
  const folder = join(dir, id);
  const experiment = findExperiment(id);
  return {
    id,
    title: experiment?.title ?? id,
    source: experiment?.source ?? '',
    question: experiment?.question ?? '',
    manifest: JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Record<string, unknown>,
    claims: parse(await readFile(join(folder, 'claims.csv'), 'utf8'), { columns: true }) as ClaimRow[],
    samples: await readSamples(folder),
    drawings: await loadDrawings(join(folder, 'plots'), drawingsOf(experiment)),
    known: experiment,
  };
}

function drawingsOf(experiment: Experiment | undefined): readonly string[] {
  return [...(experiment?.plots ?? []), ...(experiment?.sequences ?? [])].map((plot) => plot.id);
}

async function loadDrawings(folder: string, order: readonly string[]): Promise<readonly Drawing[]> {
  const place = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
  const ids = (await namesIn(folder))
    .filter((name) => name.endsWith('.svg'))
    .map((name) => name.slice(0, -'.svg'.length));
  ids.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  return Promise.all(ids.map(async (id) => ({ id, svg: await readFile(join(folder, `${id}.svg`), 'utf8') })));
}

/** An experiment without a plot has no folder for them. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
