import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { readStored } from '../../analysis/stored-file.ts';
import type { Verdicts } from './compare-cell.ts';

/** The verdicts in `claims.csv` of an experiment's folder, whatever other columns its version has. */
export function publishedVerdicts(folder: string): readonly Verdicts[] {
  const text = readStored(join(folder, 'claims.csv')).toString('utf8');
  const rows = parse(text, { columns: true }) as Readonly<Record<string, string>>[];
  return rows.map(({ id = '', verdict = '' }) => ({ id, verdict }));
}
