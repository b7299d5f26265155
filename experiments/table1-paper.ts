/** The columns of Table 1, kbit/s. */
export const rates: readonly number[] = [100_000, 2000, 1500, 1000];

/** Paper §6.2, Table 1: ms by phase and rate, means of 100 sessions. */
export const table1: readonly {
  readonly phase: number;
  readonly label: string;
  readonly paper: readonly number[];
}[] = [
  { phase: 1, label: 'Socket extraction', paper: [0.8, 5.8, 6.9, 11.8] },
  { phase: 2, label: 'State transfer', paper: [6.5, 319.1, 434.1, 648.2] },
  { phase: 3, label: 'Socket re-creation', paper: [2.2, 2.1, 2.1, 2.2] },
  { phase: 4, label: 'Return routability', paper: [2.5, 3.7, 4.9, 8.9] },
  { phase: 5, label: 'BU construction', paper: [2.7, 2.7, 2.7, 2.7] },
  { phase: 6, label: 'Binding update and acknowledgement', paper: [2.6, 2.6, 2.6, 2.6] },
  { phase: 7, label: 'Socket activation', paper: [1.1, 1.1, 1.1, 1.1] },
];

/** … and its last line. */
export const totals: readonly number[] = [18.4, 337.1, 454.4, 677.5];

export const source = 'paper §6.2, Table 1';

/** Table 1 has no emulated latency. */
export const table = { csMs: 0, ssMs: 0, waitMs: 0, lossPct: 0, jitterMs: 0 };
/** The rates between which the text compares its columns, kbit/s. */
export const paperRates = { min: 1000, max: 100_000 };

/**
 * What follows from the rows; a test computes it again. Least squares over 1/rate, ms·Mbit/s: slope, its standard error and the largest
 * distance of a cell from the line, ms.
 */
export const paperFits = {
  extraction: { slope: 10.86, standardError: 0.95, residualMs: 0.76 },
  returnRoutability: { slope: 6.19, standardError: 1.88, residualMs: 1.08 },
} as const;
/** Mean of the octets that pass in the times of phase 2 at the four rates: the text says 90 kB. */
export const paperStateMean = 80_861;
/** What the paper's processors took of a handoff: its total at 100 Mbit/s less state transfer, ms. */
export const paperLocalMs = 11.9;
/** Share of state transfer in the total, in the order of `rates`: the text says up to 95 %. */
export const paperShares: readonly number[] = [0.353, 0.947, 0.955, 0.957];
/** Paper §6.2: what the socket-extracting call takes, ms. */
export const paperCallMs = 0.8;

/**
 * Octets of state: the table is about sockets whose buffers are nearly full. Where computing takes time a fast link may have emptied
 * one before it is frozen; such a repetition is no evidence.
 */
export const fullSocket = { 'state-bytes': { min: 60_000 } } as const;

/** Why a claim on local work is not judged in virtual time. */
export const localOnly =
  'a cost of processors, which are free in virtual time: measured with --clock elastic, or wall';
