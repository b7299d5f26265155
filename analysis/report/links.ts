import { nameOfStored } from '../stored-file.ts';
import { type Html, html } from './html.ts';
import type { ReportedExperiment } from './load.ts';

const listedCells = 20;

/** A link to a file of the experiment's folder, where it is there, however it is kept. */
export function linkTo(
  { id, files }: ReportedExperiment,
  base: string,
  file: string,
  words?: string,
): readonly Html[] {
  const found = files.find((name) => nameOfStored(name) === file);
  if (found === undefined) return [];
  return [html`<a href="${base}${encoded(`${id}/${found}`)}">${words ?? file.replace(/^plots\//, '')}</a> `];
}

/** What stands beside the report: tables, manifest, and of each cell its capture, events and keys. */
export function filesSection(experiment: ReportedExperiment, base: string): Html {
  const tables = ['claims.csv', 'summary.csv', 'samples.csv', 'cells.csv', 'manifest.json'];
  const cells = [...new Set(experiment.files.flatMap((file) => /^cells\/([^/]+)\//.exec(file)?.[1] ?? []))];
  const more =
    cells.length > listedCells ? html`<p>The first ${listedCells} of ${cells.length} cells.</p>` : '';
  const captures =
    cells.length === 0
      ? ''
      : html`<details><summary>${cells.length} cells with captures</summary>${more}
<ul class="cells">${cells.slice(0, listedCells).map((cell) => html`<li><code>${cell}</code>: ${cellLinks(experiment, base, cell)}</li>\n`)}</ul></details>`;
  return html`<h3>Beside this page</h3>
<p class="files">${tables.flatMap((file) => linkTo(experiment, base, file))}</p>
${captures}`;
}

function cellLinks(experiment: ReportedExperiment, base: string, cell: string): readonly Html[] {
  const named = {
    'router.pcap': 'capture',
    'events.jsonl': 'events',
    'cell.json': 'record',
    tls_keys: 'TLS keys',
    esp_sa: 'ESP keys',
  };
  return Object.entries(named).flatMap(([file, words]) =>
    linkTo(experiment, base, `cells/${cell}/${file}`, words),
  );
}

function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
