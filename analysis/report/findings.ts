import { mean } from 'simple-statistics';
import type { Where } from '../../experiments/experiment.ts';
import type { Sample } from '../sample.ts';
import { groupBy, selects } from '../select.ts';
import { claimOf } from './claim-rows.ts';
import type { ReportedExperiment } from './load.ts';
import { short } from './numbers.ts';

/** What was found, in a sentence made of the run's own numbers, and the section that shows it. */
interface Finding {
  readonly section: string;
  readonly text: string;
}

type Sentence = (experiment: ReportedExperiment) => string | undefined;

/** The findings that matter most, in the paper's order; those that the run has data for. */
const important: Readonly<Record<string, Sentence>> = {
  table1: stateTransfer,
  fig10: waiting,
  fig12: advanceRouting,
};

export function findingsOf(experiments: readonly ReportedExperiment[]): readonly Finding[] {
  return experiments.flatMap((experiment) => {
    const text = important[experiment.known?.id ?? '']?.(experiment);
    return text === undefined ? [] : [{ section: experiment.id, text }];
  });
}

/** What a drawing shows, as its title: a sentence with the run's numbers, or the statement that was judged on its measure. */
export function headlineOf(experiment: ReportedExperiment, drawing: string): string {
  const { known } = experiment;
  const own = headlines[drawing]?.(experiment);
  if (own !== undefined) return own;
  const sequence = known?.sequences?.find(({ id }) => id === drawing);
  if (sequence !== undefined) return judgedStatement(experiment, [drawing]) ?? sequence.title;
  const plot = known?.plots.find(({ id }) => id === drawing);
  if (plot === undefined) return drawing;
  const named = [plot.finding ?? [], drawing].flat();
  const claims = plot.residuals?.lines.flatMap((line) => line.claims) ?? [];
  const ofMeasure = known?.claims.filter(({ measure }) => measure === plot.measure).map(({ id }) => id) ?? [];
  return judgedStatement(experiment, [...named, ...claims, ...ofMeasure]) ?? plot.title;
}

/** Under the drawing: its axes in words. */
export function captionOf({ known }: ReportedExperiment, drawing: string): string {
  const all = [...(known?.plots ?? []), ...(known?.sequences ?? [])];
  return all.find(({ id }) => id === drawing)?.title ?? drawing;
}

const headlines: Readonly<Record<string, Sentence>> = {
  fig12a: (experiment) => slopes(experiment, 'csMs', 'L_CS'),
  fig12b: (experiment) => slopes(experiment, 'ssMs', 'L_SS'),
  fig10: waiting,
  table1: stateTransfer,
  'atlas-ranking': extremes('atlas-ranking', 'L1/L2/S = 40/40/20 ms', { csMs: 40, ssMs: 20 }),
  'atlas-over-cs': extremes('atlas-over-cs', 'L_CS = 40 ms', { csMs: 40, ssMs: 20 }),
  'atlas-over-ss': extremes('atlas-over-ss', 'L_SS = 80 ms', { csMs: 40, ssMs: 80 }),
  'churn-duration': durations,
};

/** The first of the claims that was judged: its statement, or that it deviates. */
function judgedStatement(experiment: ReportedExperiment, claims: readonly string[]): string | undefined {
  const rows = claims.flatMap((id) =>
    experiment.claims.filter((row) => claimOf(row.id, experiment.known)?.id === id),
  );
  const row = rows.find(({ verdict }) => verdict !== 'not run');
  if (row === undefined) return undefined;
  // In brackets: which of a regression's slopes the row is.
  const statement = row.statement.replace(/ \[[^\]]*\]$/, '');
  if (row.verdict === 'reproduced') return statement;
  return row.verdict === 'refined' ? `${statement} (refined)` : `Not so here: ${statement}`;
}

function slopes(experiment: ReportedExperiment, term: string, symbol: string): string | undefined {
  const of = (claim: string) => measuredOf(experiment, `${claim}:${term}`);
  const [plain, advanced] = [of('fig12-drain'), of('fig12-advance-rr')];
  if (plain === undefined || advanced === undefined) return undefined;
  return `Each millisecond of ${symbol} costs ${short(plain, 0.1)} ms, and ${short(advanced, 0.1)} ms with return routability in advance`;
}

function advanceRouting({ samples }: ReportedExperiment): string | undefined {
  const gaps = samples.filter(({ measure, clock }) => measure === 'handoff-gap' && clock === 'virtual');
  const at = (variant: string) => (s: Sample) =>
    s.variant === variant && s.parameters.csMs === 40 && s.parameters.ssMs === 20;
  const [plain, advanced] = [meanOf(gaps.filter(at('drain'))), meanOf(gaps.filter(at('drain+advance-rr')))];
  if (plain === undefined || advanced === undefined) return undefined;
  const less = Math.round(100 * (1 - advanced / plain));
  return `Return routability in advance takes ${less} % off the gap that a client sees: ${short(advanced)} instead of ${short(plain)} ms at L_CS = 40, L_SS = 20 ms`;
}

/** The variants with the longest and the shortest gap, of a plot's cells those at these latencies. */
function extremes(plot: string, place: string, at: Where): Sentence {
  return ({ known, samples }) => {
    const where = known?.plots.find(({ id }) => id === plot)?.where;
    if (known === undefined) return undefined;
    const there = samples.filter(
      (sample) =>
        sample.measure === 'handoff-gap' && selects(known, { ...where, ...at, clock: 'virtual' }, sample),
    );
    const gaps = [...groupBy(there, ({ variant }) => variant)]
      .filter(([variant]) => variant !== 'none')
      .flatMap(([variant, group]) => {
        const gap = meanOf(group);
        return gap === undefined ? [] : [{ variant, gap }];
      })
      .sort((a, b) => a.gap - b.gap);
    const [least, most] = [gaps[0], gaps.at(-1)];
    if (least === undefined || most === undefined || least === most) return undefined;
    return `At ${place} the gap is ${short(least.gap)} ms with ${least.variant} and ${short(most.gap)} ms with ${most.variant}`;
  };
}

function durations({ samples }: ReportedExperiment): string | undefined {
  const taken = samples.filter(
    ({ measure, clock, parameters }) =>
      measure === 'churn-duration' && clock === 'virtual' && parameters.lossPct === 0,
  );
  const rates = taken.map(({ parameters }) => parameters.perMinute!);
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  const at = (perMinute: number) =>
    meanOf(taken.filter(({ parameters }) => parameters.perMinute === perMinute));
  const [calm, busy] = [at(least), at(most)];
  if (calm === undefined || busy === undefined || least === most) return undefined;
  return `A completed download takes ${short(calm, 0.1)} s where ${least} members come or go per minute, and ${short(busy, 0.1)} s where ${most} do`;
}

function waiting({ samples }: ReportedExperiment): string | undefined {
  const gaps = samples.filter(
    ({ measure, clock, parameters: { csMs, ssMs, rateKbit } }) =>
      measure === 'handoff-gap' && clock === 'virtual' && csMs === 40 && ssMs === 20 && rateKbit === 2000,
  );
  const waits = [...new Set(gaps.map(({ parameters }) => parameters.waitMs!))];
  const points = waits.flatMap((waitMs) => {
    const gap = meanOf(gaps.filter(({ parameters }) => parameters.waitMs === waitMs));
    return gap === undefined ? [] : [{ waitMs, gap }];
  });
  const least = points.reduce((best, point) => (point.gap < best.gap ? point : best), points[0]!);
  const none = points.find(({ waitMs }) => waitMs === 0);
  if (none === undefined || least === none) return undefined;
  const longest = points.reduce((best, point) => (point.waitMs > best.waitMs ? point : best), least);
  const slope = (longest.gap - least.gap) / (longest.waitMs - least.waitMs);
  const beyond = longest === least ? '' : `; each millisecond longer costs ${short(slope, 0.1)}`;
  return `Waiting ${short(least.waitMs)} ms before the handoff takes the gap from ${short(none.gap)} to ${short(least.gap)} ms${beyond} (2 Mbit/s, L_CS = 40, L_SS = 20 ms)`;
}

function stateTransfer({ samples }: ReportedExperiment): string | undefined {
  const at = samples.filter(
    ({ clock, parameters: { rateKbit, csMs, ssMs } }) =>
      clock === 'virtual' && rateKbit === 1000 && csMs === 0 && ssMs === 0,
  );
  const state = meanOf(at.filter(({ measure }) => measure === 'phase-2'));
  const total = meanOf(at.filter(({ measure }) => measure === 'handoff-total'));
  if (state === undefined || total === undefined) return undefined;
  return `A handoff’s time goes into moving the state in the socket: ${short(state)} of ${short(total)} ms at 1 Mbit/s (${short((100 * state) / total, 10)} %)`;
}

function measuredOf({ claims }: ReportedExperiment, id: string): number | undefined {
  const text = claims.find((row) => row.id === id)?.measured;
  return text ? Number(text) : undefined;
}

function meanOf(samples: readonly Sample[]): number | undefined {
  const values = samples.flatMap(({ outcome, value }) =>
    outcome === 'succeeded' && value !== undefined ? [value] : [],
  );
  return values.length === 0 ? undefined : mean(values);
}
