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
/** What the virtual time limit of a plan holds beside its sessions. */
const limitMarginSeconds = 120;

/** About how long a cell takes a lab, in seconds of wall time; for the wall clock an upper bound. */
export function secondsOf({ cell, plan }: PreparedCell): number {
  if (cell.clock === 'wall') return bootSeconds + plan.virtualTimeoutS - limitMarginSeconds;
  return bootSeconds + cell.repetitions * (secondsPerRepetition + bytesOf(cell) * secondsPerByte);
}

/** About how many octets a cell leaves on the disk. */
export function captureBytesOf({ cell }: PreparedCell, capture: CaptureMode): number {
  if (capture === 'none') return cell.repetitions * 2000;
  return cell.repetitions * (captureBytesPerRepetition + bytesOf(cell) * captureBytesPerByte[capture]);
}

/** Keeps the time that is left: the estimates of the cells, corrected by what the finished ones really took. */
export class TimeLeft {
  readonly #started = performance.now();
  readonly #jobs: number;
  #doneEstimate = 0;
  #openEstimate: number;

  constructor(cells: readonly PreparedCell[], jobs: number) {
    this.#jobs = Math.min(jobs, Math.max(1, cells.length));
    this.#openEstimate = sum(cells.map(secondsOf));
  }

  /** Seconds for all cells that are not done. */
  get seconds(): number {
    if (this.#doneEstimate === 0) return this.#openEstimate / this.#jobs;
    const elapsed = (performance.now() - this.#started) / 1000;
    return (elapsed * this.#openEstimate) / this.#doneEstimate;
  }

  done(cell: PreparedCell): void {
    this.#doneEstimate += secondsOf(cell);
    this.#openEstimate = Math.max(0, this.#openEstimate - secondsOf(cell));
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function bytesOf(cell: PreparedCell['cell']): number {
  return cell.parameters.bytes ?? 0;
}
