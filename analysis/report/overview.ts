import type { About } from '../../experiments/experiment.ts';
import { verdicts } from '../claims.ts';
import { startedAt } from '../results.ts';
import { acrossClocks, verdictCounts } from '../verdicts/counts.ts';
import type { ClaimRow } from './claim-rows.ts';
import { verdictClass } from './claims-section.ts';
import { findingsOf } from './findings.ts';
import { type Html, html } from './html.ts';
import type { ReportedExperiment } from './load.ts';

/** The first screen: what was reproduced, the findings, what was measured, and how to measure it again. */
export function overview(experiments: readonly ReportedExperiment[]): Html {
  return html`<p class="lead">The experiments of <cite>A Single-Homed Ad Hoc Distributed Server</cite> (Szymaniak, Pierre, Simons-Nikolova, van
Steen; IR-CS-013), run again: live TCP connections move between machines by Mobile IPv6. Every number is read from packet captures, and
every statement is judged.</p>
<div class="first">
<section aria-labelledby="verdicts"><h2 id="verdicts">Verdicts</h2>
${verdictTable(experiments)}
</section>
<section aria-labelledby="facts"><h2 id="facts">This run</h2>
${facts(experiments)}
</section>
</div>
${findings(experiments)}
${notes(experiments)}`;
}

interface Line {
  readonly words: string;
  readonly about: About;
  readonly section?: string;
}

const others: readonly Line[] = [
  { words: 'beyond the paper', about: 'ours' },
  { words: 'calibration of the lab', about: 'lab' },
];

function verdictTable(experiments: readonly ReportedExperiment[]): Html {
  const claims = acrossClocks(experiments.flatMap((experiment) => experiment.claims));
  const sections = [
    ...new Set(claims.filter(({ about }) => about === 'paper').map(({ section }) => section)),
  ];
  const lines: readonly Line[] = [
    ...sections.sort().map((section) => ({ words: `paper ${section}`, about: 'paper' as const, section })),
    ...others,
  ];
  const all: Line = { words: 'the paper’s, all', about: 'paper' };
  return html`<div class="wide"><table class="overview">
<thead><tr><th scope="col">statements</th>${verdicts.map((verdict) => html`<th scope="col" class="number">${verdict}</th>`)}</tr></thead>
<tbody>
${lines.map((line) => verdictRow(line, claims, experiments))}</tbody>
<tfoot>${sections.length > 1 ? verdictRow(all, claims, experiments) : ''}</tfoot></table></div>`;
}

function verdictRow(
  { words, about, section }: Line,
  all: readonly ClaimRow[],
  experiments: readonly ReportedExperiment[],
): Html {
  const mine = (claim: ClaimRow) =>
    claim.about === about && (section === undefined || claim.section === section);
  const claims = all.filter(mine);
  if (claims.length === 0) return html``;
  const first = experiments.find((experiment) => experiment.claims.some(mine))!;
  const topic = section === undefined ? '' : html` <span class="topic">${topicOf(experiments, mine)}</span>`;
  const counts = Object.entries(verdictCounts(claims)).map(
    ([verdict, count]) => html`<td class="number ${count > 0 ? verdictClass(verdict) : ''}">${count}</td>`,
  );
  return html`<tr><th scope="row"><a href="#${first.id}">${words}</a>${topic}</th>${counts}</tr>
`;
}

function topicOf(experiments: readonly ReportedExperiment[], mine: (claim: ClaimRow) => boolean): string {
  const named = experiments.filter((experiment) => experiment.claims.some(mine));
  return [...new Set(named.map(({ known, id }) => known?.id ?? id))].join(', ');
}

function facts(experiments: readonly ReportedExperiment[]): Html {
  const manifests = experiments.map(({ manifest }) => manifest);
  const told = (name: string) => listed(manifests.map((manifest) => manifest[name]));
  const kernels = manifests.map(({ kernel }) => (kernel as { version?: unknown } | undefined)?.version);
  const dirty = manifests.some((manifest) => manifest.dirty === true) ? ', with changes' : '';
  const days = manifests
    .map((manifest) => startedAt(manifest).slice(0, 10))
    .filter((day) => day !== '')
    .sort();
  const cells = manifests.reduce((sum, { cells: all }) => sum + (Array.isArray(all) ? all.length : 0), 0);
  return html`<dl class="facts">
<dt>profile</dt><dd>${told('profile')}</dd>
<dt>seed</dt><dd>${told('seed')}</dd>
<dt>clock</dt><dd>${listed(experiments.flatMap(({ samples }) => [...new Set(samples.map(({ clock }) => clock))]))}</dd>
<dt>cells</dt><dd>${cells} in ${experiments.length} experiments</dd>
<dt>measured</dt><dd><time>${days[0] ?? 'unknown'}</time></dd>
<dt>commit</dt><dd><code>${told('commit')}</code>${dirty}</dd>
<dt>lab kernel</dt><dd>Linux ${listed(kernels)}</dd>
<dt>Node</dt><dd>${told('node')}</dd>
</dl>
<p>Again: ${again(experiments)}</p>`;
}

function again(experiments: readonly ReportedExperiment[]): Html {
  const { commit, profile } = experiments[0]?.manifest ?? {};
  const checkout =
    typeof commit === 'string' && /^[0-9a-f]{40}$/.test(commit)
      ? `git checkout ${commit.slice(0, 12)} && `
      : '';
  const ids = experiments.map(({ known, id }) => known?.id ?? id);
  const chosen = ids.length >= 10 ? '' : ` EXPERIMENTS="${[...new Set(ids)].join(' ')}"`;
  return html`<code>${checkout}make reproduce PROFILE=${String(profile)}${chosen}</code>`;
}

function findings(experiments: readonly ReportedExperiment[]): Html {
  const found = findingsOf(experiments);
  if (found.length === 0) return html``;
  return html`<section class="screen" aria-labelledby="findings"><h2 id="findings">What matters most</h2>
<ol class="findings">${found.map(({ section, text }) => html`<li>${text}. <a href="#${section}">${section}</a></li>\n`)}</ol></section>`;
}

function notes(experiments: readonly ReportedExperiment[]): Html {
  const clocks = new Set(experiments.flatMap(({ samples }) => samples.map(({ clock }) => clock as string)));
  const virtual = clocks.has('virtual')
    ? html`<p class="note">Under the <i>virtual</i> clock the processors are infinitely fast: times are the network’s alone, and local
phases read about 0 by construction. Clocks under which computing takes time are told apart and never mixed with it. Intervals are over
the repetitions’ start phases and seeds.</p>`
    : '';
  return html`${virtual}
<p class="note">The paper’s plots are known to us as text only: its formulae and the numbers that it prints are compared, and no points were
digitised from its figures.</p>`;
}

function listed(values: readonly unknown[]): string {
  const known = [...new Set(values.filter((value) => value !== undefined).map(String))];
  return known.length === 0 ? 'unknown' : known.join(', ');
}
