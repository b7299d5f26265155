import { type Cost, scaled, total } from './cost.ts';

/** Cells that are taken to cost the same. */
export interface Stratum {
  readonly experiment: string;
  readonly name: string;
  readonly cells: number;
  /** in each cell */
  readonly repetitions: number;
}

/** What one cell of a stratum was found to cost. */
export interface Sampled {
  readonly stratum: Stratum;
  /** a cell without sessions */
  readonly boot: Cost;
  /** one session in the lab */
  readonly session: Cost;
  /** one session's part in the analysis of the capture */
  readonly analysis: Cost;
}

interface Estimate {
  readonly boots: Cost;
  readonly sessions: Cost;
  readonly analysis: Cost;
}

/** What all cells with all their sessions cost, one after the other. */
export function estimateOf(sampled: readonly Sampled[]): Estimate {
  const sessionsOf = ({ cells, repetitions }: Stratum): number => cells * repetitions;
  return {
    boots: total(sampled.map(({ stratum, boot }) => scaled(boot, stratum.cells))),
    sessions: total(sampled.map(({ stratum, session }) => scaled(session, sessionsOf(stratum)))),
    analysis: total(sampled.map(({ stratum, analysis }) => scaled(analysis, sessionsOf(stratum)))),
  };
}
