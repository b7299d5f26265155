import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { verdicts } from '../../analysis/claims.ts';
import { type Html, html } from '../../analysis/report/html.ts';
import { style } from '../../analysis/report/style.ts';
import { startedAt } from '../../analysis/results.ts';
import { readStored } from '../../analysis/stored-file.ts';
import { acrossClocks, verdictCounts } from '../../analysis/verdicts/counts.ts';
import { experimentFolders } from '../results/analyze-run.ts';
import { type ReadManifest, readManifest } from '../results/manifest.ts';
import { commandOf, repetitionsOf } from './facts.ts';

/** A published run as its folder tells of it. */
interface PublishedRun {
  readonly name: string;
  readonly manifests: readonly ReadManifest[];
  /** of all its experiments: whose statement, and the verdict */
  readonly claims: readonly { readonly id: string; readonly about: string; readonly verdict: string }[];
  /** what lies in its folder beside the experiments */
  readonly files: readonly string[];
}

/** Those below the folder `shelf`, by name; folders without results are passed over. */
export async function publishedRuns(shelf: string): Promise<readonly PublishedRun[]> {
  const entries = await readdir(shelf, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const runs: PublishedRun[] = [];
  for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const folder = join(shelf, name);
    const experiments = await experimentFolders(folder, 'publish').catch(() => []);
    if (experiments.length === 0) continue;
    const manifests: ReadManifest[] = [];
    for (const each of experiments) manifests.push(await readManifest(join(folder, each), 'publish'));
    const claims = acrossClocks(experiments.flatMap((each) => claimsOf(join(folder, each))));
    runs.push({ name, manifests, claims, files: await readdir(folder) });
  }
  return runs;
}

/** The page over all published runs: a file without a request to elsewhere, ready for a static site. */
export function indexPage(runs: readonly PublishedRun[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>handoff-lab: published runs</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Published runs of handoff-lab</h1>
<p>Experiments of <cite>A Single-Homed Ad Hoc Distributed Server</cite> (IR-CS-013) and beyond it, each number judged. Every cell of
every run can be measured again and compared: <code>make verify RESULTS=results/NAME</code>.</p>
${runs.length === 0 ? html`<p>There is none yet.</p>` : runs.map(section)}
</main>
</body>
</html>
`.text;
}

function section({ name, manifests, claims, files }: PublishedRun): Html {
  const [first] = manifests;
  const clocks = [...new Set(manifests.map(({ clock }) => String(clock)))].join(', ');
  const kernel = (first?.kernel as { readonly version?: string } | undefined)?.version ?? 'unknown';
  const cells = manifests.reduce((sum, manifest) => sum + manifest.cells.length, 0);
  const repetitions = manifests.reduce((sum, manifest) => sum + repetitionsOf(manifest), 0);
  const started = manifests.map(startedAt).sort()[0] ?? '';
  return html`<section aria-labelledby="${name}">
<h2 id="${name}"><a href="${name}/report.html">${name}</a></h2>
${verdictTable(claims)}
<dl>
<dt>profile, seed, clock</dt><dd>${String(first?.profile)}, ${String(first?.seed)}, ${clocks}</dd>
<dt>measured</dt><dd>${started.slice(0, 10)}: ${manifests.length} experiments, ${cells} cells, ${repetitions} repetitions</dd>
<dt>commit</dt><dd><code>${String(first?.commit)}</code></dd>
<dt>lab kernel</dt><dd>Linux ${kernel}</dd>
<dt>again</dt><dd><code>${commandOf(manifests)}</code></dd>
<dt>files</dt><dd>${linksTo(name, files)}</dd>
</dl>
</section>
`;
}

const offered: Readonly<Record<string, string>> = {
  'report.html': 'report',
  SHA256SUMS: 'checksums',
  'ro-crate-metadata.json': 'RO-Crate',
  'CITATION.cff': 'citation',
  'codemeta.json': 'CodeMeta',
};

function linksTo(name: string, files: readonly string[]): readonly Html[] {
  const present = Object.entries(offered).filter(([file]) => files.includes(file));
  return present.map(
    ([file, words], index) => html`${index === 0 ? '' : ' · '}<a href="${name}/${file}">${words}</a>`,
  );
}

const origins: Readonly<Record<string, string>> = {
  paper: 'the paper’s statements',
  ours: 'beyond the paper',
  lab: 'calibration of the lab',
  '': 'all claims (published before they were told apart)',
};

function verdictTable(claims: PublishedRun['claims']): Html {
  const rows = Object.entries(origins).flatMap(([about, words]) => {
    const mine = claims.filter((claim) => claim.about === about);
    if (mine.length === 0) return [];
    const counts = Object.values(verdictCounts(mine));
    return [
      html`<tr><th scope="row">${words}</th>${counts.map((count) => html`<td class="number">${count}</td>`)}</tr>\n`,
    ];
  });
  return html`<div class="wide"><table>
<thead><tr><th scope="col">claims</th>${verdicts.map((verdict) => html`<th scope="col" class="number">${verdict}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function claimsOf(folder: string): PublishedRun['claims'] {
  if (!existsSync(join(folder, 'claims.csv'))) return [];
  const text = readStored(join(folder, 'claims.csv')).toString('utf8');
  const rows = parse(text, { columns: true }) as Readonly<Record<string, string>>[];
  return rows.map(({ id = '', about = '', verdict = '' }) => ({ id, about, verdict }));
}
