import type { Sample } from '../sample.ts';
import { groupBy } from '../select.ts';
import { type Html, html } from './html.ts';

const listed = 100;

/** How many repetitions there are, and which of them failed, with the reasons. */
export function repetitionsSection(samples: readonly Sample[]): Html {
  const all = repetitionsOf(samples).length;
  const failed = repetitionsOf(samples.filter((sample) => sample.outcome === 'failed'));
  if (failed.length === 0) return html`<p>${all} repetitions, none failed.</p>`;
  const more =
    failed.length > listed ? html`<p>The first ${listed} are listed; all are in samples.csv.</p>` : undefined;
  return html`<p>${failed.length} of ${all} repetitions failed and are in no mean.</p>
<ul>${failed.slice(0, listed).map((s) => html`<li>${s.cell}, repetition ${s.repetition}: ${s.reason}</li>\n`)}</ul>
${more}`;
}

/** The first sample of each repetition. */
function repetitionsOf(samples: readonly Sample[]): readonly Sample[] {
  const groups = groupBy(samples, (s) => `${s.cell}|${s.variant}|${s.clock}|${s.repetition}`);
  return [...groups.values()].map((group) => group[0]!);
}
