import { claimsTable } from '../../analysis/tables.ts';
import { countsText } from '../../analysis/verdicts/counts.ts';
import { standingText } from '../results/standing-text.ts';
import type { RunEvent } from './events.ts';

type Of<Name extends RunEvent['event']> = Extract<RunEvent, { event: Name }>;

/** The beginning of an experiment: what there is to do, what was found, how long it may take. */
export function startLine(event: Of<'start'>): string {
  const { experiment, cells, found, repetitions, jobs, estimatedSeconds, estimatedBytes } = event;
  const sessions = `${cells} cells, ${repetitions} repetitions`;
  if (found === cells) return `${experiment}: ${sessions}; all cells are there already`;
  const taken = found > 0 ? `; ${found} cells are there already` : '';
  const needs = `about ${duration(estimatedSeconds)} with ${jobs} jobs, ${size(estimatedBytes)} of captures`;
  return `${experiment}: ${sessions}${taken}; ${needs}`;
}

/** One finished cell. */
export function cellLine(event: Of<'cell'>): string {
  const { experiment, done, cells, cell, wallSeconds, labSeconds, failedRepetitions, repetitions } = event;
  const speed = wallSeconds > 0 ? `, ${Math.round(labSeconds / wallSeconds)} × real time` : '';
  const failed = failedRepetitions > 0 ? `, ${failedRepetitions} of ${repetitions} failed` : '';
  return `${experiment} ${done}/${cells}  ${cell}  ${wallSeconds.toFixed(1)} s${speed}${failed}`;
}

/** One experiment's claims, or its measures where no claim was judged; and its failed repetitions. */
export function claimsText({ title, claims, failures, means = [] }: Of<'claims'>, colour: boolean): string {
  const failed = failures.map((failure) => `failed: ${failure}\n`).join('');
  const measured = means.length === 0 ? '' : `measured:\n${means.map((mean) => `  ${mean}\n`).join('')}\n`;
  return `\n${title}\n${claimsTable(claims, { colour })}\n${measured}${failed}`;
}

/** All claims of the run together, and how their verdicts compare with the recorded ones. */
export function verdictsText(event: Of<'verdicts'>): string {
  return `\n${countsText(event.counts)}\n${standingText(event)}`;
}

/** A time span for people: `40 s`, `12 min`, `1 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A number of octets for people: `3 MB`, `1.2 GB`. */
export function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
