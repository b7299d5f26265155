import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ProfileName } from '../../experiments/experiment.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { type ClaimResult, type Verdict, verdicts } from '../claims/result.ts';
import { parsedJson } from '../json.ts';

/** The verdict of every row of `claims.csv` that a whole run of a profile has, by name of the results folder and id of the row. */
export type RecordedVerdicts = Readonly<Record<string, Readonly<Record<string, Verdict>>>>;

/** A row whose verdict is not the recorded one; `undefined` where there is none on that side. */
export interface VerdictChange {
  /** below the folder of results, e.g. `fig10` */
  readonly folder: string;
  readonly id: string;
  readonly recorded: Verdict | undefined;
  readonly now: Verdict | undefined;
}

const repository = resolve(import.meta.dirname, '../..');
const shape = z.record(z.string(), z.record(z.string(), z.enum(verdicts)));

/** Where the recorded verdicts of a profile stand: part of the repository, changed by `handoff-lab verdicts --record` alone. */
export function recordedFile(profile: ProfileName): string {
  return join(repository, 'experiments/verdicts', `${profile}.json`);
}

/** The recorded verdicts of a profile; none where there is no file. Throws DecodeError for one that is no record. */
export function recordedVerdicts(profile: ProfileName, file = recordedFile(profile)): RecordedVerdicts {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const parsed = shape.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DecodeError('illegal-value', file, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** What differs between a folder's rows and what is recorded of it, in the rows' order; a row that is gone is a change too. */
export function changesIn(
  folder: string,
  rows: readonly Pick<ClaimResult, 'id' | 'verdict'>[],
  recorded: RecordedVerdicts,
): readonly VerdictChange[] {
  const known = recorded[folder] ?? {};
  const changed = rows.flatMap(({ id, verdict }): readonly VerdictChange[] => {
    const before = Object.hasOwn(known, id) ? known[id] : undefined;
    return before === verdict ? [] : [{ folder, id, recorded: before, now: verdict }];
  });
  const present = new Set(rows.map(({ id }) => id));
  const gone = Object.entries(known).filter(([id]) => !present.has(id));
  return [...changed, ...gone.map(([id, verdict]) => ({ folder, id, recorded: verdict, now: undefined }))];
}

/** The record with these folders' verdicts in place of what it said of them, as the text of its file. */
export function recordText(
  recorded: RecordedVerdicts,
  folders: ReadonlyMap<string, readonly Pick<ClaimResult, 'id' | 'verdict'>[]>,
): string {
  const next: Record<string, Record<string, Verdict>> = {};
  for (const [folder, known] of Object.entries(recorded)) next[folder] = { ...known };
  for (const [folder, rows] of folders)
    next[folder] = Object.fromEntries(rows.map(({ id, verdict }) => [id, verdict]));
  return `${JSON.stringify(next, undefined, 2)}\n`;
}
