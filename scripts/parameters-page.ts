import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AgreementRow, agreementRows } from '../analysis/agreement.ts';
import { readSamples } from '../analysis/csv.ts';
import { chosenParameters } from '../experiments/chosen-parameters.ts';
import sensitivity from '../experiments/sensitivity.ts';

const published = join(import.meta.dirname, '../results/sensitivity/sensitivity');

/** docs/parameters.md with its two tables made anew: what was chosen, and, from the published run, what holds with which values. */
export async function parametersPage(page: string): Promise<string> {
  const samples = existsSync(published) ? await readSamples(published) : [];
  const rows = agreementRows(sensitivity, 'sensitivity-choice', samples);
  return withBlock(withBlock(page, 'chosen', chosenTable()), 'holds', holdsTable(rows));
}

function chosenTable(): string {
  const rows = chosenParameters.map(({ name, value, chosen, evidence, sensitivity: changes }) =>
    tableRow([`\`${name}\``, value, chosen, evidence, changes]),
  );
  const head = ['parameter', 'value', 'chosen because', 'evidence', 'what changes with it'];
  return [tableRow(head), '|---|---|---|---|---|', ...rows].join('\n');
}

function holdsTable(rows: readonly AgreementRow[]): string {
  if (rows.length === 0) return 'No run of `sensitivity` is published here.';
  const lines = rows.map(({ claim, expected, cells }) => {
    const of = (wanted: boolean) => cells.filter(({ holds }) => holds === wanted);
    const [holding, others] = [of(true), of(false)];
    const words =
      holding.length > others.length && others.length > 0
        ? `all but ${named(others)}`
        : named(holding, cells);
    const measured = cells.find(({ combination }) => combination === '')?.measured ?? '';
    return tableRow([`\`${claim}\``, expected, measured, `${holding.length} of ${cells.length}: ${words}`]);
  });
  const head = ['claim', 'expected', 'with the defaults', 'reproduced with'];
  return [tableRow(head), '|---|---|---|---|', ...lines].join('\n');
}

type Cells = AgreementRow['cells'];

function named(cells: Cells, all: Cells = []): string {
  if (cells.length === 0) return 'none';
  if (cells.length === all.length) return 'all';
  return cells.map(({ combination }) => (combination === '' ? '**the defaults**' : combination)).join('; ');
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The page with this between the marks of the block. */
function withBlock(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- made: ${name} -->`, `<!-- end of what is made: ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) return page;
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
