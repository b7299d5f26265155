import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Experiment } from '../../experiments/experiment.ts';
import { experiments, findExperiment } from '../../experiments/index.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { readSamples, readWith } from '../csv.ts';
import type { Sample } from '../sample.ts';

/** A row of `claims.csv` as it stands in the file: text by column. */
export type ClaimRow = Readonly<Record<string, string>>;

interface Drawing {
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

/**
 * The experiments below `dir`, those folders that hold a `manifest.json`: known ones in the paper's order, then
 * others by name. Throws DecodeError, naming the file, for one that is missing or damaged.
 */
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
    manifest: await readWith(folder, 'manifest.json', parseManifest),
    claims: await readWith(folder, 'claims.csv', parseClaims),
    samples: await readSamples(folder),
    drawings: await loadDrawings(join(folder, 'plots'), drawingsOf(experiment)),
    known: experiment,
  };
}

function parseManifest(text: string): Readonly<Record<string, unknown>> {
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return { ...manifest };
  throw new DecodeError('illegal-value', 'manifest.json', 'no JSON object');
}

function parseClaims(text: string): readonly ClaimRow[] {
  const rows = parse(text, { columns: true }) as ClaimRow[];
  const missing = ['id', 'statement', 'expected', 'measured', 'verdict', 'reason'].filter(
    (column) => rows[0]?.[column] === undefined,
  );
  if (rows.length === 0 || missing.length === 0) return rows;
  throw new DecodeError('illegal-value', 'claims.csv', `lacks the columns ${missing.join(', ')}`);
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
