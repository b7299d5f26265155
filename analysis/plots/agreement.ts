import type { TopLevelSpec } from 'vega-lite';
import type { Experiment, Plot } from '../../experiments/experiment.ts';
import { type AgreementRow, agreementRows } from '../agreement.ts';
import type { Sample } from '../sample.ts';
import { ink } from './palette.ts';
import { theme } from './theme.ts';

const step = { width: 62, height: 27 };
/** Told apart by their lightness and by the mark in them as well. */
const shades = { 'is reproduced': '#B8DCEF', 'is not': '#F3C9A5', 'no evidence': '#EEEEEE' } as const;
type Kind = keyof typeof shades;

/** A row per claim, a column per combination: reproduced there or not, and what was measured. */
export function agreementFigure(
  plot: Plot,
  experiment: Experiment,
  samples: readonly Sample[],
): TopLevelSpec | undefined {
  const rows = agreementRows(experiment, plot.agreement ?? '', samples);
  const columns = rows[0]?.cells.map(({ combination }) => columnName(combination)) ?? [];
  if (columns.length === 0) return undefined;
  const values = rows.flatMap((row) =>
    row.cells.map(({ combination, holds, measured }) => ({
      claim: rowName(row),
      combination: columnName(combination),
      kind: kindOf(holds),
      text: `${holds === undefined ? '' : holds ? '✓' : '✗'} ${measured}`.trim(),
    })),
  );
  return {
    data: { values },
    title: { text: plot.title, subtitle: subtitleOf(plot, rows) },
    config: theme,
    width: { step: step.width },
    height: { step: step.height },
    layer: layers(rows.map(rowName), columns),
  } as TopLevelSpec;
}

function layers(rows: readonly string[], columns: readonly string[]): readonly object[] {
  const shared = { type: 'nominal', title: null };
  const x = {
    ...{ ...shared, field: 'combination', sort: columns },
    // Of several changes each has a line of its own.
    axis: {
      labelAngle: -90,
      labelLimit: 400,
      orient: 'top',
      labelFontSize: 12,
      labelExpr: "split(datum.label, ', ')",
    },
  };
  const y = { ...shared, field: 'claim', sort: rows, axis: { labelLimit: 500, labelFontSize: 12 } };
  const kinds = Object.keys(shades);
  const fill = {
    ...{ field: 'kind', type: 'nominal' },
    scale: { domain: kinds, range: Object.values(shades) },
    legend: { title: null, orient: 'bottom', symbolType: 'square' },
  };
  return [
    { mark: { type: 'rect', stroke: 'white', strokeWidth: 1.5 }, encoding: { x, y, fill } },
    {
      mark: { type: 'text', fontSize: 11, fill: ink },
      encoding: { x, y, text: { field: 'text', type: 'nominal' } },
    },
  ];
}

function rowName({ claim, expected }: AgreementRow): string {
  return expected === '' ? claim : `${claim}: ${expected}`;
}

function columnName(combination: string): string {
  return combination === '' ? 'the defaults' : combination.replaceAll(' ', ', ');
}

function kindOf(holds: boolean | undefined): Kind {
  if (holds === undefined) return 'no evidence';
  return holds ? 'is reproduced' : 'is not';
}

function subtitleOf({ x }: Plot, rows: readonly AgreementRow[]): string {
  const depends = rows.filter(({ cells }) => new Set(cells.map(({ holds }) => holds)).size > 1).length;
  return `${rows.length} claims of the paper, ${depends} of them reproduced with some values and not with others; columns: ${x.title}`;
}
