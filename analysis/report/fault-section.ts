import { faultKinds } from '../../experiments/faults/signalling.ts';
import { type CaseOutcomes, countsOf, exceptionsIn } from '../outcomes/case-outcomes.ts';
import { type Html, html } from './html.ts';

/** What became of the client at every single fault: how many cases of each variant and kind came to what, and by name those that are no matter of course. */
export function faultSection(outcomes: CaseOutcomes): Html {
  const exceptions = exceptionsIn(outcomes);
  return html`<section id="fault-outcomes" aria-labelledby="fault-outcomes-heading">
<h2 id="fault-outcomes-heading">What became of the client at every single fault</h2>
<p>${outcomes.size} cases, as <code>make faults</code> has recorded them. <i>Moved</i>: the acceptor finished the document; <i>stayed</i>: the donor served on; <i>taken back</i>: the donor served
it again; <i>lost</i>: the connection ended, which is what the death of a client’s holder means here.</p>
<div class="wide" role="region" tabindex="0" aria-label="table: outcomes of faults"><table>
<thead><tr><th scope="col">variant</th>${faultKinds.map((kind) => html`<th scope="col">${kind}</th>`)}</tr></thead>
<tbody>
${countsOf(outcomes).map(
  ({ variant, kinds }) =>
    html`<tr><th scope="row">${variant}</th>${kinds.map((counts) => html`<td>${counts.length === 0 ? '–' : counts.map(({ outcome, cases }) => `${cases} ${outcome}`).join(', ')}</td>`)}</tr>\n`,
)}</tbody></table></div>
<p>${exceptions.length === 0 ? 'Nobody was lost where nobody was killed, and no client went to and fro.' : 'Clients that went to and fro, were lost where nobody was killed, or of which nothing was learned:'}</p>
<ul>${exceptions.map(([name, outcome]) => html`<li><code>${name}</code>: ${outcome}</li>\n`)}</ul>
</section>
`;
}
