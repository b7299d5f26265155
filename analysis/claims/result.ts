import type { About, Claim, Condition, Parameters } from '../../experiments/experiment.ts';
import { rounded } from '../number.ts';
import type { Sample } from '../sample.ts';
import { groupBy, isList, type Selectable, varying } from '../select.ts';

/**
 * `refined`: the statement deviates by its letter, and the claims that say what is so instead (`refinedBy`) are reproduced.
 * In the order in which they are counted and listed.
 */
export const verdicts = ['reproduced', 'refined', 'deviates', 'not run'] as const;
export type Verdict = (typeof verdicts)[number];

/** What a kind of claim finds: a row of `claims.csv` without what the claim says of itself. */
export interface Judgement {
  readonly id: string;
  readonly source: string;
  readonly statement: string;
  readonly expected?: number;
  readonly tolerance?: number;
  readonly measured?: number;
  readonly ci95Low?: number;
  readonly ci95High?: number;
  readonly verdict: Verdict;
  readonly reason: string;
}

/** A row of `claims.csv`. */
export interface ClaimResult extends Judgement {
  readonly about: About;
  /** of the paper, e.g. `§6.4`; '' where there is none */
  readonly section: string;
  /** why the claim tolerates what it tolerates */
  readonly toleranceReason: string;
  /** ids of the claims that stand in for this one where it does not hold by its letter */
  readonly refinedBy: readonly string[];
}

/** What a claim is judged on: the samples of its measure in the cells it selects, of one clock. */
export interface Evidence {
  readonly samples: readonly Sample[];
  /** the values of all measures of a sample's repetition */
  readonly measuresOf: (sample: Sample) => Parameters;
  /** the value of the sample's measure in the same repetition (grid point, number, clock) under another variant */
  readonly underVariant: (sample: Sample, variant: string) => number | undefined;
  /** appended to the id where the run holds both clocks */
  readonly suffix: string;
}

/** The verdict for a number; what is not a finite number was not run. */
export function verdictOf(measured: number | undefined, expected: number, tolerance: number): Verdict {
  if (measured === undefined || !Number.isFinite(measured)) return 'not run';
  return rounded(Math.abs(measured - expected)) <= tolerance ? 'reproduced' : 'deviates';
}

/** Why a claim has no evidence at all. */
export function nothingSelected(claim: Claim): string {
  const asked = Object.entries({ ...claim.where, ...claim.given })
    .map(([name, condition]) => [name, conditionText(condition)])
    .filter(([, text]) => text !== '')
    .map((words) => words.join(' '));
  return `no cell of this run has ${claim.measure}${asked.length > 0 ? ` where ${asked.join(', ')}` : ''}`;
}

/** `csMs=40 ssMs=20` for the parameters that differ between the cells (all cells where none does: its name). */
export function cellName(cell: Selectable & { readonly cell: string }, among: readonly Selectable[]): string {
  const names = varying(among);
  if (names.length === 0) return cell.cell;
  return names.map((name) => `${name}=${cell.parameters[name] ?? 'unset'}`).join(' ');
}

/** `3 of 50 repetitions failed and are left out`, or undefined when none did. */
export function exclusions(samples: readonly Sample[]): string | undefined {
  const repetitions = groupBy(samples, (s) => `${s.cell}|${s.variant}|${s.repetition}`);
  const parts = (['failed', 'unsupported'] as const).flatMap((outcome) => {
    const count = [...repetitions.values()].filter((group) =>
      group.some((s) => s.outcome === outcome),
    ).length;
    const words = outcome === 'failed' ? 'failed' : 'were unsupported';
    return count === 0 ? [] : [`${count} of ${repetitions.size} repetitions ${words}`];
  });
  return parts.length === 0 ? undefined : `${parts.join(', ')} and are left out`;
}

/** The parts of a reason that there are. */
export function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ');
}

/** `= 0`, or `≥ 1 and ≤ 3`. */
export function conditionText(condition: Condition): string {
  if (isList(condition)) return `= ${condition.join(' or ')}`;
  if (typeof condition !== 'object') return `= ${condition}`;
  const low = condition.min === undefined ? '' : `≥ ${condition.min}`;
  const high = condition.max === undefined ? '' : `≤ ${condition.max}`;
  const range = [low, high].filter((part) => part !== '').join(' and ');
  if (condition.orUnset !== true) return range;
  return range === '' ? 'any or unset' : `${range} or unset`;
}

/** A row's id is its claim's, `:` and a name where the claim has several rows, `@` and a clock where the run has several. */
export function claimIdOf(row: string): string {
  return row.replace(/[:@].*$/, '');
}
