import type { Experiment, Table } from '../../experiments/experiment.ts';
import type { Sample } from '../sample.ts';
import { groupBy, selects } from '../select.ts';
import { type Summary, summarize } from '../statistics.ts';
import { type Html, html } from './html.ts';
import { short } from './numbers.ts';

/** Measured means beside the paper's values, a table per clock; nothing where the run has none of its cells. */
export function comparisonTables(
  table: Table,
  experiment: Experiment,
  samples: readonly Sample[],
): readonly Html[] {
  const measures = new Set(
    table.rows.flatMap(({ measure, beside }) => [measure, ...(beside ? [beside] : [])]),
  );
  const shown = samples.filter((s) => measures.has(s.measure) && selects(experiment, table.where ?? {}, s));
  return [...groupBy(shown, (s) => s.clock)].map(([clock, ofClock]) =>
    comparison(table, summarize(ofClock), clock),
  );
}

function comparison(
  { title, columns, rows, unit, note, beside }: Table,
  cells: readonly Summary[],
  clock: string,
): Html {
  const { parameter, values } = columns;
  const find = (measure: string | undefined, value: number) =>
    cells.find((cell) => cell.measure === measure && cell.parameters[parameter] === value);
  const besideHead = beside === undefined ? '' : html`<th class="number">${beside}</th>`;
  const besideCell = (row: Table['rows'][number], value: number) =>
    beside === undefined ? '' : html`<td class="number">${meanText(find(row.beside, value))}</td>`;
  return html`<h3>${title}</h3>
<div class="wide"><table class="comparison">
<thead><tr><th rowspan="2">${unit}, ${clock} clock</th><th colspan="${(beside === undefined ? 2 : 3) * values.length}">${columns.title}</th></tr>
<tr>${values.map((value) => html`<th class="number">${value}</th>${besideHead}<th class="number paper">paper</th>`)}</tr></thead>
<tbody>
${rows.map(
  (
    row,
    index,
  ) => html`<tr${index === rows.length - 1 ? html` class="total"` : ''}><th>${row.label}</th>${values.map(
    (
      value,
      column,
    ) => html`<td class="number">${meanText(find(row.measure, value))}</td>${besideCell(row, value)}
<td class="number paper">${short(row.paper[column])}</td>`,
  )}</tr>
`,
)}</tbody></table></div>
<p class="note">${note}</p>
`;
}

function meanText(cell: Summary | undefined): Html {
  if (cell?.mean === undefined) return html`–`;
  const { n, ci95Low, ci95High } = cell;
  const interval = ci95Low === undefined ? '' : `, 95 % interval ${short(ci95Low)} to ${short(ci95High)}`;
  return html`<span title="n = ${n}${interval}">${cell.mean.toFixed(cell.mean < 100 ? 2 : 1)}</span>`;
}
