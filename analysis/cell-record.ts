import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { clocks } from '../experiments/experiment.ts';
import { DecodeError } from '../mip6/wire/decode-error.ts';
import type { CellRecord } from './cell.ts';

const cellRecord: z.ZodType<CellRecord> = z.object({
  experiment: z.string(),
  cell: z.string(),
  parameters: z.record(z.string(), z.number()),
  variant: z.string(),
  clock: z.enum(clocks),
  seed: z.number(),
  repetitions: z.int().positive(),
  addresses: z.record(z.string(), z.string()),
  servicePort: z.int(),
  channelPort: z.int(),
  interfaces: z.record(z.string(), z.string()),
  clientNeighbour: z.string().optional(),
  network: z.record(z.string(), z.number()).optional(),
  mayHandOff: z.boolean().optional(),
});

/** Reads `cell.json` of a cell's folder. Throws DecodeError when it is not what it should be. */
export function readCellRecord(folder: string): CellRecord {
  const file = path.join(folder, 'cell.json');
  const checked = cellRecord.safeParse(parseJson(file));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new DecodeError(
    'illegal-value',
    `${file} ${issue?.path.join('.') ?? ''}`,
    issue?.message ?? 'not a cell',
  );
}

function parseJson(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeError('illegal-value', file, 'no JSON');
  }
}
