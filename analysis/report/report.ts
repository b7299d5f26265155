import { join } from 'node:path';
import { writeWhole } from '../results.ts';
import type { Sample } from '../sample.ts';
import { groupBy } from '../select.ts';
import { type Html, html, inlineSvg } from './html.ts';
import { type ClaimRow, loadExperiments, type ReportedExperiment } from './load.ts';
import { style } from './style.ts';

const listedFailures = 100;
const verdicts = ['reproduced', 'deviates', 'not run'];
/** What may differ between two runs that must give the same report. */
const volatile = new Set(['host', 'timing']);

/**
 * Writes `dir/report.html` from what the experiments' folders below `dir` hold, and returns its path. The page is one
 * file: drawings inline, nothing fetched. It leaves out the manifest's `host` and `timing`, so that the same results give
 * the same octets.
 */
export async function writeReport(dir: string): Promise<string> {
  const path = join(dir, 'report.html');
  await writeWhole(path, page(await loadExperiments(dir)).text);
  return path;
}

function page(experiments: readonly ReportedExperiment[]): Html {
  const claims = experiments.flatMap((experiment) => experiment.claims);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>handoff-lab report</title>
<style>${style}</style>
</head>
<body>
<h1>handoff-lab report</h1>
${experiments.length === 0 ? html`<p>This folder holds no results.</p>` : html`<p>Claims of the paper: ${totals(claims)}.</p>`}
${clockNote(experiments)}
<ul>${experiments.map((e) => html`<li><a href="#${e.id}">${e.id}: ${e.title}</a>: ${totals(e.claims)}</li>\n`)}</ul>
${experiments.map(section)}
</body>
</html>
`;
}

function section(experiment: ReportedExperiment): Html {
  const { id, title, source, question, claims, samples, drawings } = experiment;
  return html`<section id="${id}">
<h2>${id}: ${title}</h2>
<p>${source}. ${question}</p>
${drawings.map((drawing) => html`<figure>${inlineSvg(drawing.svg, `${id}-${drawing.id}`)}<figcaption>${drawing.id}</figcaption></figure>\n`)}
<h3>Claims</h3>
${claimsSection(claims)}
<h3>Repetitions</h3>
${failuresSection(samples)}
<details><summary>Manifest</summary>
<pre>${JSON.stringify(lasting(experiment.manifest), undefined, 2)}</pre>
<p>Host and timing are in <a href="${id}/manifest.json">${id}/manifest.json</a>.</p>
</details>
</section>
`;
}

function claimsSection(claims: readonly ClaimRow[]): Html {
  const columns = ['expected', 'tolerance', 'measured', 'ci95_low', 'ci95_high'];
  const titles = ['verdict', 'claim', 'expected', '±', 'measured', '95 % from', '95 % to', 'remarks'];
  return html`<div class="wide"><table>
<thead><tr>${titles.map((title) => html`<th>${title}</th>`)}</tr></thead>
<tbody>
${claims.map(
  (claim) => html`<tr class="${claim.verdict?.replace(' ', '-')}"><td>${claim.verdict}</td>
<td><b>${claim.id}</b><br>${claim.statement}<br><small>${claim.source}</small></td>
${columns.map((column) => html`<td class="number">${claim[column]}</td>`)}<td><small>${claim.reason}</small></td></tr>
`,
)}</tbody></table></div>`;
}

function failuresSection(samples: readonly Sample[]): Html {
  const key = (s: Sample) => `${s.cell}|${s.variant}|${s.clock}|${s.repetition}`;
  const all = groupBy(samples, key).size;
  const bad = samples.filter((sample) => sample.outcome === 'failed');
  const failed = [...groupBy(bad, key).values()].map((group) => group[0]!);
  if (failed.length === 0) return html`<p>${all} repetitions, none failed.</p>`;
  const more =
    failed.length > listedFailures
      ? html`<p>The first ${listedFailures} are listed; all are in samples.csv.</p>`
      : undefined;
  return html`<p>${failed.length} of ${all} repetitions failed and are in no mean.</p>
<ul>${failed.slice(0, listedFailures).map((s) => html`<li>${s.cell}, repetition ${s.repetition}: ${s.reason}</li>\n`)}</ul>
${more}`;
}

function clockNote(experiments: readonly ReportedExperiment[]): Html | undefined {
  const virtual = experiments.some((experiment) =>
    experiment.samples.some((sample) => sample.clock === 'virtual'),
  );
  if (!virtual) return undefined;
  return html`<p>Under the <i>virtual</i> clock the processors are infinitely fast: times are the network’s alone, and local
phases read about 0 by construction. Local costs are measured under the <i>wall</i> clock; the two are never mixed.</p>`;
}

function totals(claims: readonly ClaimRow[]): string {
  return verdicts
    .map((verdict) => `${claims.filter((claim) => claim.verdict === verdict).length} ${verdict}`)
    .join(', ');
}

function lasting(manifest: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(manifest).filter(([name]) => !volatile.has(name)));
}
