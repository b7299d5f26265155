import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { UsageError } from '../usage-error.ts';

/** Tables, figures and report follow from the cells. */
export const remedyForTables = (dir: string): string =>
  `make it anew: bin/handoff-lab analyze ${dir}, or run the experiment again into the same --out`;
export const remedyForCells = 'run the experiment again into the same --out: only damaged cells are measured';

/** What `read` gives. Throws UsageError, under the name `field`, where a file of the results folder is missing or damaged. */
export async function refusingDamage<Value>(
  field: string,
  dir: string,
  remedy: string,
  read: () => Promise<Value>,
): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (
      !(
        error instanceof DecodeError ||
        (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      )
    )
      throw error;
    throw new UsageError(field, dir, `holds a damaged file: ${error.message}`, remedy);
  }
}
