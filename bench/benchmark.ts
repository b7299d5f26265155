import type { Laboratory } from './laboratory.ts';

/** How a figure relates to what the project aims at. */
export interface Aim {
  readonly at: 'least' | 'most';
  readonly value: number;
}

/** One measured quantity: a value per round, both sides of a ratio measured in the same round. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly aim?: Aim;
}

/** What a benchmark found; `notes` are facts that a reader of the figures needs, one sentence each. */
interface Findings {
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

export interface BenchmarkOptions {
  /** how often both sides of each ratio are measured */
  readonly rounds: number;
  /** commit that `compared` measures beside this checkout */
  readonly base: string;
  /** tells a person who waits how far it is */
  progress(text: string): void;
}

export interface Benchmark {
  readonly name: string;
  readonly question: string;
  readonly run: (laboratory: Laboratory, options: BenchmarkOptions) => Promise<Findings>;
}
