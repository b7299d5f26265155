import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { allCases, caseName } from '../../experiments/faults/signalling.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { type CaseOutcomes, caseOutcomes } from './case-outcomes.ts';

const columns = ['case', 'outcome'] as const;

/** Where what each fault came to stands: part of the repository, changed by `handoff-lab faults --record` alone. */
export const recordedOutcomesFile: string = join(
  resolve(import.meta.dirname, '../..'),
  'experiments/verdicts/fault-outcomes.csv',
);

/** The recorded outcomes; none where there is no file. Throws DecodeError for one that is no record. */
export function recordedOutcomes(file = recordedOutcomesFile): CaseOutcomes {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
  return parseOutcomes(text, file);
}

/** Throws DecodeError, naming `file` and what is wrong in it. */
export function parseOutcomes(text: string, file: string): CaseOutcomes {
  const known = new Set(names());
  const rows = parse(text, { columns: true, relax_column_count: true }) as Readonly<
    Partial<Record<string, string>>
  >[];
  return new Map(
    rows.map(({ case: name = '', outcome = '' }) => {
      if (!known.has(name)) throw new DecodeError('illegal-value', file, `case '${name}' is none of --list`);
      if (!caseOutcomes.includes(outcome))
        throw new DecodeError(
          'illegal-value',
          file,
          `${name}: outcome '${outcome}' is none of ${caseOutcomes.join(', ')}`,
        );
      return [name, outcome];
    }),
  );
}

/** `outcomes.csv`: a row per case that was run, in the order of `faults --list`. */
export function outcomesCsv(outcomes: CaseOutcomes): string {
  const rows = names().flatMap((name) => {
    const outcome = outcomes.get(name);
    return outcome === undefined ? [] : [[name, outcome]];
  });
  return stringify([[...columns], ...rows]);
}

/** What recording `outcomes` over `recorded` does, in words: how many cases, which of them are not as before, and what becomes of all others. */
export function recordingOf(recorded: CaseOutcomes, outcomes: CaseOutcomes): string {
  const others = [...recorded.keys()].filter((name) => !outcomes.has(name)).length;
  const changes = [...outcomes]
    .filter(([name, outcome]) => recorded.get(name) !== outcome)
    .map(([name, outcome]) => `  ${name}: ${recorded.get(name) ?? 'not recorded'} → ${outcome}`);
  const said = `recorded: ${outcomes.size} of ${names().length} cases, ${changes.length} of them not as before; the other ${others} stay as they were`;
  const next = changes.length > 0 ? ['make docs-faults draws the table of docs/faults.md anew'] : [];
  return [said, ...changes, ...next].join('\n');
}

function names(): readonly string[] {
  return allCases().flatMap(({ variant, kind, place }) => caseName(variant, kind, place) ?? []);
}
