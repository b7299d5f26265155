import type { Claim, Experiment, GridBlock, Plot } from './experiment.ts';
import { handoffParameters } from './handoff.ts';
import { handoffMeasures } from './handoff-measures.ts';

/** What there is to say about an experiment of one's own with handoffs on the paper's testbed; the rest is as in Fig. 12. */
interface HandoffQuestion {
  /** name of its folder of results: small letters, digits and hyphens */
  readonly id: string;
  readonly question: string;
  /** points to be measured, by names in `handoffParameters` */
  readonly grid: readonly GridBlock[];
  /** sessions per point and variant; default 5 */
  readonly repetitions?: number;
  /** default `drain` and `drain+advance-rr` */
  readonly variants?: readonly string[];
  /** names a measure of `handoffMeasures` and a parameter: draws one over the other, a line per variant, a panel per value of what else is varied */
  readonly plot?: { readonly measure: string; readonly over: string };
  readonly claims?: readonly Claim[];
}

/** An experiment of one's own: a client's download that is handed from node1 to node2 (Fig. 9), measured as in the paper's. */
export function handoffExperiment(own: HandoffQuestion): Experiment {
  const { id, question, grid, repetitions = 5, variants = ['drain', 'drain+advance-rr'], claims = [] } = own;
  const { plot: _, ...rest } = own;
  const profile = { grid, repetitions };
  return {
    // A field that is none of these stays, and is refused with all others that no experiment has.
    ...unknown(rest, ['id', 'question', 'grid', 'repetitions', 'variants', 'claims']),
    id,
    title: id,
    source: 'an experiment of one’s own',
    question,
    topology: 'fig9',
    parameters: handoffParameters,
    profiles: { smoke: { grid, repetitions: 1 }, quick: profile, paper: profile },
    variants,
    procedure: 'download-handoff',
    measures: handoffMeasures,
    claims,
    plots: own.plot === undefined ? [] : [plotOf(own, own.plot)],
  };
}

function plotOf({ id, question, grid }: HandoffQuestion, plot: NonNullable<HandoffQuestion['plot']>): Plot {
  const { measure, over, ...rest } = plot;
  const unit = handoffMeasures.find(({ name }) => name === measure)?.unit ?? '';
  const titleOf = (name: string) => `${handoffParameters[name]?.description ?? name} (${name})`;
  const varied = grid.flatMap((block) => Object.entries(block).filter(([, values]) => values.length > 1));
  const other = varied.map(([name]) => name).find((name) => name !== over);
  // A parameter without a default makes a cell special: a plot shows it if it names that parameter.
  const special = grid.flatMap((block) => Object.keys(block).filter(withoutDefault));
  return {
    ...rest,
    id: `${id}-${measure}`,
    title: question,
    measure,
    x: { parameter: over, title: titleOf(over) },
    y: { title: `${measure} (${unit})` },
    series: 'variant',
    ...(special.length === 0 ? {} : { where: Object.fromEntries(special.map((name) => [name, { min: 0 }])) }),
    ...(other === undefined ? {} : { facet: { parameter: other, title: titleOf(other) } }),
  };
}

function unknown(fields: object, known: readonly string[]): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !known.includes(name)));
}

function withoutDefault(name: string): boolean {
  return handoffParameters[name] !== undefined && handoffParameters[name].default === undefined;
}
