import type { CaptureMode } from '../lab-body.ts';
import { processorSecondsOf } from './cell-cost.ts';
import type { PreparedCell } from './prepared-cell.ts';

/*
 * Rough: headers of a document's packets take 0.62 octets of capture per octet of the document, whole packets 2.4 (each is captured
 * twice, as it comes and as it goes).
 */
const bootSeconds = 2;
const captureBytesPerRepetition = 30_000;
/** A datagram's record: of pcap, of the link, its octets. */
const datagramRecordBytes = 160;
/** A takeover's session beside the time of suspicion; a datagram and its answer, by way of the home agent, each captured twice. */
const takeoverMs = 5000;
const passagesOfDatagram = 8;
const captureBytesPerByte = { headers: 0.62, full: 2.4, none: 0 } as const;
/** About how long a cell takes a lab that has a processor to itself, in seconds of wall time. */
export function secondsOf({ cell, plan }: PreparedCell): number {
  if (cell.clock === 'wall') return bootSeconds + plan.wallSeconds;
  return processorSecondsOf({ cell, plan });
}

/** About how many octets a cell leaves on the disk. */
export function captureBytesOf({ cell }: PreparedCell, capture: CaptureMode): number {
  if (capture === 'none') return cell.repetitions * 2000;
  return capturedBytes(cell, capture);
}

/** About how many octets a lab captures for a cell, also where nothing of it is kept: every measure is read from the capture. */
export function capturedBytes(cell: PreparedCell['cell'], capture: CaptureMode): number {
  const mode = capture === 'none' ? 'headers' : capture;
  const { lossPct = 0 } = cell.parameters;
  const document = bytesOf(cell) * captureBytesPerByte[mode] * (1 + (2 * lossPct) / 100);
  return cell.repetitions * (captureBytesPerRepetition + document + datagramBytesOf(cell));
}

/** Of datagrams that are sent by the clock: probes of the calibration, and the clients' of a takeover. */
function datagramBytesOf({ parameters }: PreparedCell['cell']): number {
  const { packets = 0, pairs = 3, everyMs, suspectMs = 0 } = parameters;
  const probes = packets * (pairs === 1 ? 2 : 2 * pairs) * 2 * datagramRecordBytes;
  if (everyMs === undefined) return probes;
  return probes + ((suspectMs + takeoverMs) / everyMs) * passagesOfDatagram * datagramRecordBytes;
}

/** The dearest first, so that at the end of an experiment no lab works alone for long; equally dear ones in the grid's order. */
export function dearestFirst(cells: readonly PreparedCell[]): readonly PreparedCell[] {
  const seconds = new Map(cells.map((cell) => [cell, secondsOf(cell)]));
  return [...cells].sort((a, b) => seconds.get(b)! - seconds.get(a)!);
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
  const { bytes = 0, clients = 1, service } = cell.parameters;
  // What goes by way of a front crosses the router twice.
  return bytes * clients * (service === undefined || service === 1 ? 1 : 2);
}
