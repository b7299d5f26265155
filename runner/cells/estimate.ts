import type { CaptureMode } from '../lab-body.ts';
import type { PreparedCell } from './run-cell.ts';

/*
 * Rough, measured on two busy cores with downloads of 1 MB: a lab with its processes starts in about 2 s; a session costs
 * a tenth of a second, more or less in proportion to its packets; headers of its packets take 0.62 octets of capture per
 * octet of the document, whole packets 2.4 (each is captured twice, as it comes and as it goes).
 */
const bootSeconds = 2;
const secondsPerRepetition = 0.02;
const secondsPerByte = 0.1e-6;
const captureBytesPerRepetition = 30_000;
const captureBytesPerByte = { headers: 0.62, full: 2.4, none: 0 } as const;
/** About how long a cell takes a lab, in seconds of wall time, on a machine as described above. */
export function secondsOf({ cell, plan }: PreparedCell): number {
  if (cell.clock === 'wall') return bootSeconds + plan.wallSeconds;
  return bootSeconds + cell.repetitions * (secondsPerRepetition + bytesOf(cell) * secondsPerByte);
}

/** About how many octets a cell leaves on the disk. */
export function captureBytesOf({ cell }: PreparedCell, capture: CaptureMode): number {
  if (capture === 'none') return cell.repetitions * 2000;
  return cell.repetitions * (captureBytesPerRepetition + bytesOf(cell) * captureBytesPerByte[capture]);
}

/** How much longer than estimated the cells took that this run has measured so far: what this machine, and its load, make of it. */
export class Pace {
  #estimated = 0;
  #taken = 0;

  /** 1 until the first cell is measured */
  get factor(): number {
    return this.#estimated === 0 ? 1 : this.#taken / this.#estimated;
  }

  add(cell: PreparedCell, wallSeconds: number): void {
    this.#estimated += secondsOf(cell);
    this.#taken += wallSeconds;
  }
}

/** Keeps the time that is left: the estimates of the cells, at the run's pace. */
export class TimeLeft {
  readonly #jobs: number;
  readonly #pace: Pace;
  #openEstimate: number;

  constructor(cells: readonly PreparedCell[], jobs: number, pace: Pace) {
    this.#jobs = Math.min(jobs, Math.max(1, cells.length));
    this.#pace = pace;
    this.#openEstimate = sum(cells.map(secondsOf));
  }

  /** Seconds for all cells that are not done. */
  get seconds(): number {
    return (this.#openEstimate * this.#pace.factor) / this.#jobs;
  }

  done(cell: PreparedCell, wallSeconds: number): void {
    this.#pace.add(cell, wallSeconds);
    this.#openEstimate = Math.max(0, this.#openEstimate - secondsOf(cell));
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function bytesOf(cell: PreparedCell['cell']): number {
  return cell.parameters.bytes ?? 0;
}
