/** Every parameter of a cell by name, resolved to a number; the unit is the name's suffix (`csMs`, `rateKbit`, `lossPct`, `bytes`). */
export type Parameters = Readonly<Record<string, number>>;
export type Clock = 'virtual' | 'wall';
export type ProfileName = 'smoke' | 'quick' | 'paper';

/** One parameter that `--set` may name. */
export interface ParameterSpec {
  readonly description: string;
  /** absent: the parameter has no value of its own until `--set` or the grid names it */
  readonly default?: number;
  readonly min: number;
  readonly max: number;
  /** true: only whole numbers */
  readonly integer?: boolean;
}

/** A block of the grid: the cartesian product of its lists. An experiment's grid is the union of its blocks. */
export type GridBlock = Readonly<Record<string, readonly number[]>>;

export interface Profile {
  readonly grid: readonly GridBlock[];
  readonly repetitions: number;
}

/** What is read from a cell's capture, once per repetition. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
}

/** Both ends included. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Selects cells: every named parameter (or `variant`, `clock`) must equal the value, or lie in the range. */
export type Where = Readonly<Record<string, number | string | Range>>;

interface ClaimBase {
  readonly id: string;
  /** where the paper says it, e.g. `paper §6.4, Fig. 12(a)` */
  readonly source: string;
  /** in words of our own */
  readonly statement: string;
  readonly measure: string;
  readonly where?: Where;
}

/** In every selected cell the mean of the measure is `expected(parameters) ± tolerance`. */
export interface ValueClaim extends ClaimBase {
  readonly kind: 'value';
  readonly expected: (p: Parameters) => number;
  /** the expected value as a formula for people, e.g. `6·L_CS + 3·L_SS` */
  readonly formula: string;
  readonly tolerance: number;
  readonly unit: string;
}

/** Least squares of the measure over `terms` (plus an intercept): each coefficient is `expected ± tolerance`. */
export interface RegressionClaim extends ClaimBase {
  readonly kind: 'regression';
  readonly terms: readonly {
    readonly parameter: string;
    readonly symbol: string;
    readonly expected: number;
    readonly tolerance: number;
  }[];
  /** the remainder that the formula leaves out; reported always, judged only where `expected` is given */
  readonly intercept: {
    readonly unit: string;
    readonly expected?: number;
    readonly tolerance?: number;
    readonly explanation: string;
  };
}

export type Claim = ValueClaim | RegressionClaim;

/** One figure: the mean of a measure (with its interval) over a parameter, a line per variant. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  /** `lines` (default): one line per series; `stacked-bars`: per value of x one bar, stacked from `stack` */
  readonly kind?: 'lines' | 'stacked-bars';
  readonly measure: string;
  readonly x: { readonly parameter: string; readonly title: string };
  readonly y: { readonly title: string };
  /** `variant` or a parameter's name */
  readonly series: string;
  /** what the legend calls the line of a cell; without it the value of `series` */
  readonly seriesLabel?: (p: Parameters) => string;
  /** one panel per value of this parameter */
  readonly facet?: { readonly parameter: string; readonly title: string };
  /** the measures of one stacked bar, from the bottom upwards */
  readonly stack?: readonly { readonly measure: string; readonly label: string }[];
  readonly where?: Where;
  /** lines the paper states, drawn dashed beside the samples; for stacked bars, ticks across each bar */
  readonly reference?: readonly {
    readonly series: string;
    readonly label: string;
    readonly expected: (p: Parameters) => number;
  }[];
}

/** An experiment is data: no loops, sleeps, shell strings or file paths. */
export interface Experiment {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly question: string;
  /** a name in `topologies/` */
  readonly topology: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  readonly profiles: Readonly<Record<ProfileName, Profile>>;
  /** names of handoff variants (`server/variants.ts`); empty where the experiment runs no handoff */
  readonly variants: readonly string[];
  /** a name in `runner/procedures/` */
  readonly procedure: string;
  readonly measures: readonly Measure[];
  readonly claims: readonly Claim[];
  readonly plots: readonly Plot[];
}
