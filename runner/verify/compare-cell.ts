import type { FileDigests } from '../../analysis/kept-digests.ts';
import { plainNumber } from '../../analysis/number.ts';
import type { Sample } from '../../analysis/sample.ts';

/** What became of one aspect: `unknown` where nothing was published that it could be compared with. */
export type Finding =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly how: string }
  | { readonly kind: 'unknown'; readonly why: string };

const same: Finding = { kind: 'same' };

/** The files of a cell by content. What the clock lets differ says nothing. */
export function compareOctets(stored: FileDigests | undefined, now: FileDigests, clock: string): Finding {
  if (clock !== 'virtual') return { kind: 'unknown', why: `not comparable under the ${clock} clock` };
  const names = Object.keys(stored ?? {}).filter((name) => now[name] !== undefined);
  if (stored === undefined || names.length === 0)
    return { kind: 'unknown', why: 'no digest of it was published' };
  const other = names.filter((name) => stored[name] !== now[name]);
  if (other.length === 0) return same;
  return { kind: 'differs', how: other.join(', ') };
}

/** The samples of a cell, repetition by repetition and measure by measure, as they stand in `samples.csv`. */
export function compareValues(stored: readonly Sample[], now: readonly Sample[], clock: string): Finding {
  if (clock !== 'virtual') return { kind: 'unknown', why: `not comparable under the ${clock} clock` };
  if (stored.length === 0) return { kind: 'unknown', why: 'no sample of it was published' };
  const key = ({ repetition, measure }: Sample) => `${measure} of repetition ${repetition}`;
  const text = ({ value, outcome }: Sample) => (value === undefined ? outcome : plainNumber(value));
  const [before, after] = [stored, now].map((samples) => new Map(samples.map((s) => [key(s), text(s)])));
  const keys = [...new Set([...before!.keys(), ...after!.keys()])];
  const other = keys.filter((name) => before!.get(name) !== after!.get(name));
  const [first] = other;
  if (first === undefined) return same;
  const was = before!.get(first) ?? 'absent';
  const example = `${first}: ${was} then, ${after!.get(first) ?? 'absent'} now`;
  return { kind: 'differs', how: `${other.length} of ${keys.length}, ${example}` };
}

export interface Verdicts {
  readonly id: string;
  readonly verdict: string;
}

/** The claims of an experiment before and after. */
export function compareVerdicts(before: readonly Verdicts[], after: readonly Verdicts[]): Finding {
  const [known, now] = [before, after].map((rows) => new Map(rows.map(({ id, verdict }) => [id, verdict])));
  const ids = [...new Set([...known!.keys(), ...now!.keys()])];
  const changed = ids.filter((id) => known!.get(id) !== now!.get(id));
  if (changed.length === 0) return same;
  const told = changed
    .slice(0, 5)
    .map((id) => `${id} ${known!.get(id) ?? 'absent'} → ${now!.get(id) ?? 'absent'}`);
  const more = changed.length > told.length ? ` and ${changed.length - told.length} more` : '';
  return { kind: 'differs', how: told.join(', ') + more };
}

/** One line for people. */
export function findingsText(findings: Readonly<Record<string, Finding>>): string {
  return Object.entries(findings)
    .map(([what, finding]) => {
      if (finding.kind === 'same') return `same ${what}`;
      return finding.kind === 'differs'
        ? `OTHER ${what} (${finding.how})`
        : `${what} unknown (${finding.why})`;
    })
    .join(', ');
}
