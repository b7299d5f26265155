import { dirname, join, relative } from 'node:path';
import type { compile as Compile } from 'vega-lite';
import { verdicts } from '../claims.ts';
import { type CaseOutcomes, outcomesOf } from '../outcomes/case-outcomes.ts';
import { recordedOutcomes } from '../outcomes/recorded-outcomes.ts';
import { writeWhole } from '../results.ts';
import { chosenSection } from './chosen.ts';
import { claimsSection } from './claims-section.ts';
import { comparisonTables } from './comparison-table.ts';
import { comparisonsSection, loadComparisons, type ShownComparison } from './comparisons.ts';
import { faultSection } from './fault-section.ts';
import { figure } from './figures.ts';
import { type Html, html } from './html.ts';
import { filesSection } from './links.ts';
import { loadExperiments, type ReportedExperiment } from './load.ts';
import { overview } from './overview.ts';
import { repetitionsSection } from './repetitions.ts';
import { programs } from './script.ts';
import { style } from './style.ts';

/** What may differ between two runs that must give the same report, but for the day on which they were measured. */
const volatile = new Set(['host', 'timing']);

/**
 * Writes `path` (default: `dir/report.html`) from what the experiments' folders below `dir` hold, and returns it. The page is one file:
 * drawings, data and programs inline, nothing fetched. Of the manifest's `host` and `timing` it holds the day, in a `time` element,
 * so that the same results give the same octets but for that.
 */
export async function writeReport(dir: string, path = join(dir, 'report.html')): Promise<string> {
  const base = baseOf(path, dir);
  await writeWhole(path, (await page(await loadExperiments(dir), await loadComparisons(dir), base)).text);
  return path;
}

/** From the page to the results' folder. */
function baseOf(path: string, dir: string): string {
  const way = relative(dirname(path), dir);
  return way === '' ? '' : `${way.split('/').map(encodeURIComponent).join('/')}/`;
}

async function page(
  experiments: readonly ReportedExperiment[],
  comparisons: readonly ShownComparison[],
  base: string,
): Promise<Html> {
  const faults = faultsOf(experiments);
  const explorable = experiments.some(({ drawings }) => drawings.some(({ spec }) => spec !== undefined));
  // Half a second to load: too long for every command that draws nothing.
  const compile = explorable ? (await import('vega-lite')).compile : undefined;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>handoff-lab report</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">To the results</a>
<div class="page">
${contents(experiments, comparisons, faults)}
<main id="main">
<h1>handoff-lab report</h1>
${experiments.length === 0 ? html`<p>This folder holds no results.</p>` : overview(experiments)}
${groupsOf(experiments).map(({ title, members }) => html`<div class="group"><h2>${title}</h2>${members.map((each) => section(each, base, compile))}</div>`)}
${comparisonsSection(comparisons, base)}
${faults.size > 0 ? faultSection(faults) : ''}
${experiments.some(choosing) ? chosenSection() : ''}
</main>
</div>
${await programs(explorable)}
</body>
</html>
`;
}

interface Group {
  readonly title: string;
  readonly members: readonly ReportedExperiment[];
}

/** The paper's order, then what goes beyond it; what the lab says of itself comes last. */
function groupsOf(experiments: readonly ReportedExperiment[]): readonly Group[] {
  const about = ({ claims }: ReportedExperiment) =>
    claims.some((claim) => claim.about === 'paper') ? 'paper' : (claims[0]?.about ?? 'ours');
  const sectionOf = ({ claims }: ReportedExperiment) =>
    claims.filter((claim) => claim.about === 'paper').map(({ section }) => section)[0] ?? '';
  const of = (wanted: string) => experiments.filter((experiment) => about(experiment) === wanted);
  const bySection = [...of('paper')].sort((a, b) =>
    sectionOf(a) < sectionOf(b) ? -1 : sectionOf(a) > sectionOf(b) ? 1 : 0,
  );
  return [
    { title: 'The paper’s evaluation', members: bySection },
    { title: 'Beyond the paper', members: of('ours') },
    { title: 'The lab itself', members: of('lab') },
  ].filter(({ members }) => members.length > 0);
}

function contents(
  experiments: readonly ReportedExperiment[],
  comparisons: readonly ShownComparison[],
  faults: CaseOutcomes,
): Html {
  const links = groupsOf(experiments).flatMap(({ members }) => members);
  const sections = [
    ...new Set(experiments.flatMap(({ claims }) => claims.map(({ section: name }) => name))),
  ].sort();
  return html`<nav aria-label="contents"><ol>
<li><a href="#main">verdicts</a></li>
${links.map(({ id }) => html`<li><a href="#${id}">${id}</a></li>\n`)}${comparisons.length > 0 ? html`<li><a href="#comparisons">compared</a></li>` : ''}${faults.size > 0 ? html`<li><a href="#fault-outcomes">faults</a></li>` : ''}${links.some(choosing) ? html`<li><a href="#chosen">chosen</a></li>` : ''}</ol>
<form class="filter" hidden aria-label="which claims are shown">
${choice('verdict', verdicts)}${choice('about', ['paper', 'ours', 'lab'])}${choice(
  'section',
  sections.filter((name) => name !== ''),
)}
<span id="shown" role="status"></span></form></nav>`;
}

/** Of these results, or the recorded ones beside the variants that are measured. */
function faultsOf(experiments: readonly ReportedExperiment[]): CaseOutcomes {
  const own = experiments.filter(({ known }) => known?.id === 'faults');
  if (own.length > 0) return outcomesOf(own.flatMap(({ samples }) => samples));
  return experiments.some(({ known }) => known?.id === 'atlas') ? recordedOutcomes() : new Map();
}

/** True for an experiment that what was chosen is about. */
function choosing({ known }: ReportedExperiment): boolean {
  return known?.parameters.sendBufferBytes !== undefined;
}

function choice(name: string, values: readonly string[]): Html {
  return html`<label>${name} <select name="${name}"><option value="">all</option>${values.map((value) => html`<option>${value}</option>`)}</select></label>
`;
}

function section(experiment: ReportedExperiment, base: string, compile: typeof Compile | undefined): Html {
  const { id, title, source, question, claims, samples, drawings, known } = experiment;
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
<p><b>${id}</b>, ${source}. ${question}</p>
${drawings.map((drawing) => figure(experiment, drawing, base, compile))}
${known?.tables?.flatMap((table) => comparisonTables(table, known, samples))}
${claimsSection(claims, id)}
${repetitionsSection(samples)}
${filesSection(experiment, base)}
<details><summary>Manifest</summary>
<pre tabindex="0">${JSON.stringify(lasting(experiment.manifest), undefined, 2)}</pre>
</details>
</section>
`;
}

function lasting(manifest: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(manifest).filter(([name]) => !volatile.has(name)));
}
