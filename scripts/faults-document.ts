import { outcomeTable } from '../analysis/outcomes/outcome-table.ts';
import { recordedOutcomes } from '../analysis/outcomes/recorded-outcomes.ts';

/** The table, from its head to the line behind it. */
const table = /^\| variant \| packet \|.*\n(?:\|.*\n)*/m;

/** `docs/faults.md` with the recorded outcomes in its table. */
export function withRecordedFaults(document: string): string {
  return document.replace(table, () => outcomeTable(recordedOutcomes()));
}
