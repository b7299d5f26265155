import { join } from 'node:path';
import { writeWhole } from '../results.ts';
import type { Sample } from '../sample.ts';
import { groupBy } from '../select.ts';
import { claimsSection } from './claims-section.ts';
import { comparisonTables } from './comparison-table.ts';
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
export async function writeReport(dir: string, path = join(dir, 'report.html')): Promise<string> {
  await writeWhole(path, page(await loadExperiments(dir)).text);
  return path;
}

function page(experiments: readonly ReportedExperiment[]): Html {
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
${experiments.length === 0 ? html`<p>This folder holds no results.</p>` : overview(experiments)}
${experiments.map(section)}
</body>
</html>
`;
}

function overview(experiments: readonly ReportedExperiment[]): Html {
  const claims = experiments.flatMap((experiment) => experiment.claims);
  return html`<p>Experiments of <cite>A Single-Homed Ad Hoc Distributed Server</cite> (IR-CS-013), run again; each claim of
the paper as data, judged by what the packet captures show. Claims: ${totals(claims)}.</p>
${clockNote(experiments)}
<table class="overview">
<thead><tr><th>experiment</th><th>of the paper</th>${verdicts.map((verdict) => html`<th class="number">${verdict}</th>`)}<th class="number">repetitions</th><th class="number">failed</th></tr></thead>
<tbody>
${experiments.map(overviewRow)}</tbody></table>`;
}

function overviewRow({ id, title, source, claims, samples }: ReportedExperiment): Html {
  const failed = repetitionsOf(samples.filter((sample) => sample.outcome === 'failed')).length;
  return html`<tr><td><a href="#${id}"><b>${id}</b> ${title}</a></td><td>${source}</td>
${verdicts.map((verdict) => verdictCount(verdict, claims))}
<td class="number">${repetitionsOf(samples).length}</td><td class="number">${failed}</td></tr>
`;
}

function verdictCount(verdict: string, claims: readonly ClaimRow[]): Html {
  const count = claims.filter((claim) => claim.verdict === verdict).length;
  return html`<td class="number ${count > 0 ? verdict.replace(' ', '-') : ''}">${count}</td>`;
}

function section(experiment: ReportedExperiment): Html {
  const { id, title, source, question, claims, samples, drawings, known } = experiment;
  return html`<section id="${id}">
<h2>${id}: ${title}</h2>
<p>${source}. ${question}</p>
${drawings.map((drawing) => html`<figure>${inlineSvg(drawing.svg, `${id}-${drawing.id}`)}<figcaption>${drawing.id}</figcaption></figure>\n`)}
${known?.tables?.flatMap((table) => comparisonTables(table, known, samples))}
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

function failuresSection(samples: readonly Sample[]): Html {
  const all = repetitionsOf(samples).length;
  const failed = repetitionsOf(samples.filter((sample) => sample.outcome === 'failed'));
  if (failed.length === 0) return html`<p>${all} repetitions, none failed.</p>`;
  const more =
    failed.length > listedFailures
      ? html`<p>The first ${listedFailures} are listed; all are in samples.csv.</p>`
      : undefined;
  return html`<p>${failed.length} of ${all} repetitions failed and are in no mean.</p>
<ul>${failed.slice(0, listedFailures).map((s) => html`<li>${s.cell}, repetition ${s.repetition}: ${s.reason}</li>\n`)}</ul>
${more}`;
}

/** The first sample of each repetition. */
function repetitionsOf(samples: readonly Sample[]): readonly Sample[] {
  const groups = groupBy(samples, (s) => `${s.cell}|${s.variant}|${s.clock}|${s.repetition}`);
  return [...groups.values()].map((group) => group[0]!);
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
