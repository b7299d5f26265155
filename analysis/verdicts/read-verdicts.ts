import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { abouts } from '../../experiments/claim.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { verdicts } from '../claims/result.ts';
import { readWith } from '../csv.ts';
import type { Countable } from './counts.ts';

const rowShape = z.object({ id: z.string(), about: z.enum(abouts), verdict: z.enum(verdicts) });

/** The verdicts in `dir/claims.csv`. Throws DecodeError, naming the file, for one that is missing or damaged. */
export function readVerdicts(dir: string): Promise<readonly Countable[]> {
  return readWith(dir, 'claims.csv', (text) => {
    const parsed = z.array(rowShape).safeParse(parse(text, { columns: true }));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new DecodeError('illegal-value', 'claims.csv', `row ${issue?.path.join(', ')}: ${issue?.message}`);
  });
}
