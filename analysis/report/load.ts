import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Experiment } from '../../experiments/experiment.ts';
import { findExperiment } from '../../experiments/index.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { readSamples, readWith } from '../csv.ts';
import { resultFolders } from '../result-folders.ts';
import type { Sample } from '../sample.ts';
import { type ClaimRow, claimRows } from './claim-rows.ts';

export interface Drawing {
  readonly id: string;
  readonly svg: string;
  /** its Vega-Lite specification, where it was drawn from one */
  readonly spec?: unknown;
}

/** One experiment's results as they are on disk. */
export interface ReportedExperiment {
  /** the folder's name, also the anchor of its section */
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly question: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly claims: readonly ClaimRow[];
  readonly samples: readonly Sample[];
  readonly drawings: readonly Drawing[];
  /** what lies in its folder, below it: for links */
  readonly files: readonly string[];
  /** the experiment as this version knows it; undefined where it knows none of that name */
  readonly known: Experiment | undefined;
}

/**
 * The experiments below `dir`, those folders that hold a `manifest.json`: known ones in the paper's order, then
 * others by name. Throws DecodeError, naming the file, for one that is missing or damaged.
 */
export async function loadExperiments(dir: string): Promise<readonly ReportedExperiment[]> {
  return Promise.all((await resultFolders(dir)).map((id) => load(dir, id)));
}

async function load(dir: string, id: string): Promise<ReportedExperiment> {
  const folder = join(dir, id);
  const manifest = await readWith(folder, 'manifest.json', parseManifest);
  // A folder of a further clock has that in its name: `table1@elastic`.
  const experiment = findExperiment(String(manifest.experiment ?? id)) ?? findExperiment(id);
  return {
    id,
    title: experiment?.title ?? id,
    source: experiment?.source ?? '',
    question: experiment?.question ?? '',
    manifest,
    claims: await readWith(folder, 'claims.csv', (text) => claimRows(parseClaims(text), experiment)),
    samples: await readSamples(folder),
    drawings: await loadDrawings(join(folder, 'plots'), drawingsOf(experiment)),
    files: await filesOf(folder),
    known: experiment,
  };
}

function parseManifest(text: string): Readonly<Record<string, unknown>> {
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return { ...manifest };
  throw new DecodeError('illegal-value', 'manifest.json', 'no JSON object');
}

function parseClaims(text: string): readonly Readonly<Record<string, string>>[] {
  const rows = parse(text, { columns: true }) as Record<string, string>[];
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
  const names = await namesIn(folder);
  const ids = names.filter((name) => name.endsWith('.svg')).map((name) => name.slice(0, -'.svg'.length));
  ids.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  return Promise.all(
    ids.map(async (id) => {
      const svg = await readFile(join(folder, `${id}.svg`), 'utf8');
      if (!names.includes(`${id}.vl.json`)) return { id, svg };
      return { id, svg, spec: await readWith(folder, `${id}.vl.json`, (text): unknown => JSON.parse(text)) };
    }),
  );
}

/** Names of a cell's files are offered for the cells that are there. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const top = await namesIn(folder);
  const cells = (await namesIn(join(folder, 'cells'))).filter((name) => !name.endsWith('.partial')).sort();
  const inCells = cells.map(async (cell) =>
    (await namesIn(join(folder, 'cells', cell))).map((name) => `cells/${cell}/${name}`),
  );
  const plots = (await namesIn(join(folder, 'plots'))).map((name) => `plots/${name}`);
  return [...top, ...plots, ...(await Promise.all(inCells)).flat()];
}

/** An experiment without a plot has no folder for them. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
