import { type Html, html } from './html.ts';
import type { ClaimRow } from './load.ts';
import { shortText } from './numbers.ts';

const titles = ['verdict', 'claim', 'expected', 'measured', '95 % interval', 'remarks'];

/** The judged claims in a table, those that were not run below it behind a line that counts them. */
export function claimsSection(claims: readonly ClaimRow[]): Html {
  const judged = claims.filter((claim) => claim.verdict !== 'not run');
  const open = claims.filter((claim) => claim.verdict === 'not run');
  const judgedTable = judged.length === 0 ? html`<p>None was judged.</p>` : table(judged);
  if (open.length === 0) return judgedTable;
  return html`${judgedTable}
<details><summary>${open.length} not run</summary>
${table(open)}
</details>`;
}

function table(claims: readonly ClaimRow[]): Html {
  return html`<div class="wide"><table class="claims">
<thead><tr>${titles.map((title) => html`<th>${title}</th>`)}</tr></thead>
<tbody>
${claims.map(row)}</tbody></table></div>`;
}

function row(claim: ClaimRow): Html {
  const { verdict, id, statement, source, reason } = claim;
  const tolerance = claim.tolerance === '' ? '' : ` ± ${shortText(claim.tolerance)}`;
  const expected = claim.expected === '' ? '' : `${shortText(claim.expected)}${tolerance}`;
  const interval =
    claim.ci95_low === '' ? '' : `${shortText(claim.ci95_low)} … ${shortText(claim.ci95_high)}`;
  return html`<tr class="${verdict?.replace(' ', '-')}"><td>${verdict}</td>
<td>${statement}<br><small><code>${id}</code> · ${source}</small></td>
<td class="number">${expected}</td><td class="number">${shortText(claim.measured)}</td>
<td class="number">${interval}</td><td><small>${reason?.replace(/\d+\.\d{4,}/g, (number) => shortText(number))}</small></td></tr>
`;
}
