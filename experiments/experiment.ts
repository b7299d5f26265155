import type { Claim } from './claim.ts';
import type { OwnMeasure } from './own-measure.ts';
import type { OwnServerFields } from './own-server.ts';

export * from './claim.ts';

/** Every parameter of a cell by name, resolved to a number; the unit is the name's suffix (`csMs`, `rateKbit`, `lossPct`, `bytes`). */
export type Parameters = Readonly<Record<string, number>>;

/**
 * `virtual`: processors are infinitely fast, waiting is skipped. `elastic`: waiting is skipped, computing takes the time that it takes:
 * local costs, at any moment of the machine's load. `wall`: real time. What was measured on two of them is never taken together.
 */
export const clocks = ['virtual', 'elastic', 'wall'] as const;
export type Clock = (typeof clocks)[number];

export const profileNames = ['smoke', 'quick', 'paper'] as const;
export type ProfileName = (typeof profileNames)[number];

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

/** Points that nobody chose: of each, every parameter is drawn from the run's seed, a whole number between both ends. */
export interface DrawnPoints {
  readonly count: number;
  readonly between: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
}

export interface Profile {
  readonly grid: readonly GridBlock[];
  /** more points beside the grid's; those of a smaller count are the first of a larger one */
  readonly drawn?: DrawnPoints;
  /** more points, each measured under one variant alone */
  readonly byVariant?: Readonly<Record<string, readonly GridBlock[]>>;
  readonly repetitions: number;
}

/** What is read from a cell's capture, once per repetition: by a name that the analysis knows, or by a function of one's own. */
export interface Measure extends OwnMeasure {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
}

/** Both ends included. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** A range for a parameter without a default: to lie in, or to be unset. */
interface RangeOrUnset extends Range {
  readonly orUnset?: true;
}

/** A number or a word to be met exactly, a range to lie in, or numbers or words of which one has to be met. */
export type Condition = number | string | RangeOrUnset | readonly (number | string)[];

/** Selects cells: every named parameter (or `variant`, `clock`) must meet its condition. */
export type Where = Readonly<Record<string, Condition>>;

/** The clocks on which computing takes time: a claim on local costs is about these. */
export const localClocks: readonly Clock[] = ['elastic', 'wall'];

/** One figure: the mean of a measure (with its interval) over a parameter, a line per variant. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  /**
   * `lines` (default): one line per series; `stacked-bars`: per value of x one bar, stacked from `stack`; `ranking`: a row per variant,
   * the least first, with a point per cell, named by `seriesLabel`; `agreement`: a row per claim that the claim `agreement` judges again,
   * a column per combination; where `residuals` is given: measured less configured, by that alone
   */
  readonly kind?: 'lines' | 'stacked-bars' | 'ranking' | 'agreement';
  /** id of an agreement claim of the same experiment */
  readonly agreement?: string;
  readonly measure: string;
  readonly x: {
    /** with `measure` just its name, as `expected` of a reference finds it */
    readonly parameter: string;
    readonly title: string;
    /** another measure: its mean in the same cell is the place of a point */
    readonly measure?: string;
  };
  readonly y: { readonly title: string };
  /** `variant` or a parameter's name */
  readonly series: string;
  /** what the legend calls the line of a cell; without it the value of `series` */
  readonly seriesLabel?: (p: Parameters) => string;
  /** one panel per value of this parameter */
  readonly facet?: { readonly parameter: string; readonly title: string };
  /** beside each panel, what is so far (in units of x) from the least point of each line, less what `reference` states of it */
  readonly inset?: { readonly within: number; readonly title: string };
  /** the measures of one stacked bar, from the bottom upwards */
  readonly stack?: readonly {
    readonly measure: string;
    readonly label: string;
    /** its place in the palette; default: its place in the stack */
    readonly colour?: number;
    /** what the paper prints: drawn as a bar beside the measured one */
    readonly paper?: (p: Parameters) => number | undefined;
  }[];
  readonly where?: Where;
  /** true: a least-squares line per series instead of a line from point to point */
  readonly fit?: { readonly symbol: string };
  readonly residuals?: Residuals;
  /** lines the paper states, drawn dashed beside the samples */
  readonly reference?: readonly {
    readonly series: string;
    readonly label: string;
    /** who states it; default: `paper` */
    readonly by?: string;
    readonly expected: (p: Parameters) => number;
  }[];
}

/** The measure of a claim beside what the claim expects of it. */
export interface ResidualLine {
  /** ids of `value` or `proportion` claims of one measure; they say in which cells, what is expected and what is tolerated */
  readonly claims: readonly string[];
  readonly label: string;
  /** the parameter on the x axis; default: the plot's */
  readonly x?: string;
}

/** A plot of differences: a point per cell and line, with the interval that the claim tolerates. */
export interface Residuals {
  readonly lines: readonly ResidualLine[];
  /** in the unit of the y axis */
  readonly difference: (measured: number, expected: number) => number;
}

/** A time-sequence diagram of one repetition's handoff, drawn from the capture of the first cell that `where` selects. */
export interface SequencePlot {
  readonly id: string;
  readonly title: string;
  readonly where: Where;
}

/** Means in a table: a row per measure, a column per value of a parameter, beside what the paper prints. */
export interface Table {
  readonly id: string;
  readonly title: string;
  readonly columns: {
    readonly parameter: string;
    readonly values: readonly number[];
    readonly title: string;
  };
  readonly rows: readonly {
    readonly measure: string;
    /** a measure that is shown beside it */
    readonly beside?: string;
    readonly label: string;
    /** the paper's values in the order of the columns */
    readonly paper: readonly number[];
  }[];
  readonly unit: string;
  readonly where?: Where;
  /** heads the columns of the rows' `beside`; without it there are none */
  readonly beside?: string;
  /** below the table, in words */
  readonly note: string;
}

/** An experiment is data: no loops, sleeps, shell strings or file paths. */
export interface Experiment extends OwnServerFields {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly question: string;
  /** a name in `topologies/`, or a file of one's own (docs/own-work.md) */
  readonly topology: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  readonly profiles: Readonly<Record<ProfileName, Profile>>;
  /** names of handoff variants (`server/handoff/variants.ts`); empty where the experiment runs no handoff */
  readonly variants: readonly string[];
  /** a name in `runner/procedures/`, or a file of one's own */
  readonly procedure: string;
  readonly measures: readonly Measure[];
  readonly claims: readonly Claim[];
  readonly plots: readonly Plot[];
  readonly sequences?: readonly SequencePlot[];
  readonly tables?: readonly Table[];
}
