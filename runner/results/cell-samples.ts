import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { incompleteness } from '../../analysis/capture/complete.ts';
import type { CellRecord } from '../../analysis/cell.ts';
import { readCellRecord } from '../../analysis/cell-record.ts';
import { writeWhole } from '../../analysis/results.ts';
import type { Sample } from '../../analysis/sample.ts';
import { storedPath } from '../../analysis/stored-file.ts';
import type { Experiment } from '../../experiments/experiment.ts';
import { LabError } from '../../linux/lab-error.ts';
import { changedFile, digestOf, type FileDigests } from '../cells/cell-store.ts';
import { analysisKey } from './analysis-key.ts';
import { Analysts } from './analysts.ts';

const fileName = 'samples.json';
const CAPTURE = 'router.pcap';
/** Samples hold as long as these do not change. */
export const hashedFiles = ['events.jsonl', CAPTURE] as const;

/** `samples.json` of a cell: what its capture gave, and the name of everything that it was made from. */
const keptSamples = z.object({
  key: z.string(),
  samples: z.array(
    z.object({
      repetition: z.number(),
      measure: z.string(),
      value: z.number().optional(),
      unit: z.string(),
      outcome: z.enum(['succeeded', 'failed', 'unsupported']),
      reason: z.string(),
    }),
  ),
});
type Kept = z.infer<typeof keptSamples>;

/**
 * The samples of the cell in `folder`. A capture is read once: the result stays beside it, under the hash of the capture,
 * the events, the record, the measures and the analysis' own sources, and holds as long as none of them changes; without `keep` nothing is
 * written. `digests`: of files that need not be read for it; `analysts` read the capture (default: this thread). Throws
 * DecodeError for a folder that is no cell, LabError where the capture was not kept and the samples are out of date.
 */
export async function samplesOf(
  folder: string,
  experiment: Experiment,
  options: { readonly keep?: boolean; readonly digests?: FileDigests; readonly analysts?: Analysts } = {},
): Promise<readonly Sample[]> {
  const record = readCellRecord(folder);
  const captured = hasCapture(folder);
  const key = await keyOf(folder, record, experiment, captured, options.digests);
  const kept = await readKept(folder);
  if (kept?.key === key) return kept.samples.map((sample) => completed(sample, record));
  if (!captured) {
    throw new LabError(`${folder} has no capture, and its samples were made by another version`, {
      remedy: 'run the experiment again, with --capture headers to be able to analyse it later',
    });
  }
  await refuseIncomplete(folder, options.digests);
  const { analysts = new Analysts(0) } = options;
  const samples = await analysts.analyze(folder, experiment.measures);
  if (options.keep !== false) await writeKept(folder, { key, samples: samples.map(shortened) });
  return samples;
}

/** What is missing could be anything: no repetition of such a cell is measured, and no protocol is blamed for it. */
async function refuseIncomplete(folder: string, known: FileDigests = {}): Promise<void> {
  // One that is cut where a record ends looks whole; cell.json knows better.
  const digest = async (file: string): Promise<string> => known[CAPTURE] ?? digestOf(file);
  const problem =
    incompleteness(join(folder, CAPTURE)) ??
    (await changedFile(folder, CAPTURE, digest).then(
      (name) => name && 'it is not the one that the run has kept',
    ));
  if (problem === undefined) return;
  throw new LabError(`capture incomplete: ${problem} (${folder})`, {
    remedy: 'run the experiment again into the same --out: only what is missing is measured',
  });
}

/** Makes the samples of a cell whose capture will not be kept: they are all that is left of it then. */
export async function sealSamples(
  folder: string,
  experiment: Experiment,
  digests?: FileDigests,
): Promise<void> {
  const samples = await samplesOf(folder, experiment, digests === undefined ? {} : { digests });
  const key = await keyOf(folder, readCellRecord(folder), experiment, false);
  await writeKept(folder, { key, samples: samples.map(shortened) });
}

async function keyOf(
  folder: string,
  record: CellRecord,
  experiment: Experiment,
  captured: boolean,
  known: FileDigests = {},
): Promise<string> {
  const files = captured ? hashedFiles : [];
  const digests = await Promise.all(files.map((name) => known[name] ?? digestOf(join(folder, name))));
  const parts = [await analysisKey(), experiment.measures, record, digests];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

async function readKept(folder: string): Promise<Kept | undefined> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => '');
  try {
    return keptSamples.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A line per sample: what changed is seen by any tool that compares lines. */
async function writeKept(folder: string, { key, samples }: Kept): Promise<void> {
  const lines = samples.map((sample) => JSON.stringify(sample)).join(',\n');
  await writeWhole(join(folder, fileName), `{"key":"${key}","samples":[\n${lines}\n]}\n`);
}

function shortened({ repetition, measure, value, unit, outcome, reason }: Sample): Kept['samples'][number] {
  return { repetition, measure, ...(value === undefined ? {} : { value }), unit, outcome, reason };
}

function completed({ value, ...kept }: Kept['samples'][number], record: CellRecord): Sample {
  const { experiment, cell, parameters, variant, clock, seed } = record;
  const base = { experiment, cell, parameters, variant, clock, seed, ...kept };
  return value === undefined ? base : { ...base, value };
}

export function hasCapture(folder: string): boolean {
  return storedPath(join(folder, CAPTURE)) !== undefined;
}
