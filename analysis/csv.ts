import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { clocks, type Parameters } from '../experiments/experiment.ts';
import { DecodeError } from '../mip6/wire/decode-error.ts';
import type { ClaimResult } from './claims.ts';
import { plainNumber } from './number.ts';
import type { Outcome, Sample } from './sample.ts';
import type { Summary } from './statistics.ts';
import { readStored } from './stored-file.ts';

const outcomes: readonly Outcome[] = ['succeeded', 'failed', 'unsupported'];
const samplesHead = ['experiment', 'cell'] as const;
const samplesTail = [
  'repetition',
  'seed',
  'clock',
  'variant',
  'measure',
  'value',
  'unit',
  'outcome',
  'reason',
] as const;

/** `samples.csv`: one row per repetition and measure, a column per parameter in sorted order. */
export function samplesCsv(samples: readonly Sample[]): string {
  const names = parameterNames(samples);
  const rows = samples.map((s) => [
    ...[s.experiment, s.cell],
    ...names.map((name) => plainNumber(s.parameters[name])),
    ...[String(s.repetition), String(s.seed), s.clock, s.variant, s.measure],
    ...[plainNumber(s.value), s.unit, s.outcome, s.reason],
  ]);
  return stringify([[...samplesHead, ...names, ...samplesTail], ...rows]);
}

/** `summary.csv`: one row per cell, variant, clock and measure. */
export function summaryCsv(summaries: readonly Summary[]): string {
  const names = parameterNames(summaries);
  const statistics = [
    'n',
    'failed',
    'unsupported',
    'mean',
    'sd',
    'ci95_low',
    'ci95_high',
    'min',
    'median',
    'max',
  ];
  const rows = summaries.map((s) => [
    ...[s.experiment, s.cell],
    ...names.map((name) => plainNumber(s.parameters[name])),
    ...[s.clock, s.variant, s.measure, s.unit],
    ...[s.n, s.failed, s.unsupported, s.mean, s.sd, s.ci95Low, s.ci95High, s.min, s.median, s.max].map(
      plainNumber,
    ),
  ]);
  return stringify([
    [...samplesHead, ...names, 'clock', 'variant', 'measure', 'unit', ...statistics],
    ...rows,
  ]);
}

/** `claims.csv`: one row per judged number. */
export function claimsCsv(results: readonly ClaimResult[]): string {
  const numbers = ['expected', 'tolerance', 'measured', 'ci95_low', 'ci95_high'];
  const rows = results.map((r) => [
    ...[r.id, r.about, r.section, r.source, r.statement],
    ...[r.expected, r.tolerance, r.measured, r.ci95Low, r.ci95High].map(plainNumber),
    ...[r.verdict, r.reason, r.toleranceReason, r.refinedBy.join(' ')],
  ]);
  const head = ['id', 'about', 'section', 'source', 'statement'];
  return stringify([[...head, ...numbers, 'verdict', 'reason', 'tolerance_reason', 'refined_by'], ...rows]);
}

/** The samples of `dir/samples.csv`. Throws DecodeError, naming the line, for a file that `samplesCsv` cannot have written. */
export async function readSamples(dir: string): Promise<readonly Sample[]> {
  return readWith(dir, 'samples.csv', parseSamples);
}

/** What `parse` makes of the text of `dir/name`. Throws DecodeError, naming the file, when it cannot be read or parsed. */
export async function readWith<Value>(
  dir: string,
  name: string,
  parse: (text: string) => Value,
): Promise<Value> {
  const path = join(dir, name);
  const unreadable = (cause: unknown) => {
    const problem =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'is missing' : cause;
    return new DecodeError(
      'illegal-value',
      path,
      problem instanceof Error ? problem.message : String(problem),
    );
  };
  try {
    return parse(readStored(path).toString('utf8'));
  } catch (error) {
    throw unreadable(error);
  }
}

/** The samples in the text of a `samples.csv`. Throws DecodeError. */
export function parseSamples(text: string): readonly Sample[] {
  const [header = [], ...rows] = parse(text, { relaxColumnCount: true });
  const names = header.slice(samplesHead.length, header.length - samplesTail.length);
  const expected = [...samplesHead, ...names, ...samplesTail];
  if (header.length < expected.length || expected.some((name, i) => header[i] !== name)) {
    throw illegal(1, `expected the columns ${samplesHead}, parameters, ${samplesTail}`);
  }
  return rows.map((row, index) => parseSample(row, names, index + 2));
}

function parseSample(row: readonly string[], names: readonly string[], record: number): Sample {
  const width = samplesHead.length + names.length + samplesTail.length;
  if (row.length !== width) throw illegal(record, `${row.length} columns instead of ${width}`);
  const [experiment, cell] = row as [string, string];
  const parameters: Record<string, number> = {};
  for (const [index, name] of names.entries()) {
    const text = row[samplesHead.length + index]!;
    if (text !== '') parameters[name] = parseNumber(text, name, record);
  }
  const [repetition, seed, clock, variant, measure, value, unit, outcome, reason] = row.slice(
    -samplesTail.length,
  ) as Tail;
  return {
    ...{ experiment, cell, parameters, variant, measure, unit, reason },
    clock: oneOf(clocks, clock, 'clock', record),
    seed: parseNumber(seed, 'seed', record),
    repetition: parseNumber(repetition, 'repetition', record),
    ...(value === '' ? {} : { value: parseNumber(value, 'value', record) }),
    outcome: oneOf(outcomes, outcome, 'outcome', record),
  };
}

type Tail = [string, string, string, string, string, string, string, string, string];

function parseNumber(text: string, column: string, record: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw illegal(record, `${column} '${text}' is no number`);
  return value;
}

function oneOf<Word extends string>(
  words: readonly Word[],
  text: string,
  column: string,
  record: number,
): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw illegal(record, `${column} '${text}' is none of ${words.join(', ')}`);
  return found;
}

function illegal(record: number, detail: string): DecodeError {
  return new DecodeError('illegal-value', `samples.csv, record ${record}`, detail);
}

function parameterNames(items: readonly { readonly parameters: Parameters }[]): readonly string[] {
  return [...new Set(items.flatMap((item) => Object.keys(item.parameters)))].sort();
}
