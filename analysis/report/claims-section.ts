import { verdictCounts } from '../verdicts/counts.ts';
import type { ClaimRow } from './claim-rows.ts';
import { type Html, html } from './html.ts';
import { shortNumbers, shortText } from './numbers.ts';

/** What deviates is what a reader looks for first; then what was refined. */
const order = ['deviates', 'refined', 'reproduced', 'not run'];
const titles = ['verdict', 'claim', 'expected', 'measured', '95 % interval', 'remarks'];

/** How a verdict names its colour in the style sheet. */
export function verdictClass(verdict: string): string {
  return verdict.replaceAll(' ', '-');
}

/** The judged claims in a table, those that were not run below it behind a line that counts them. */
export function claimsSection(claims: readonly ClaimRow[], name: string): Html {
  const judged = claims.filter((claim) => claim.verdict !== 'not run');
  const open = claims.filter((claim) => claim.verdict === 'not run');
  const sorted = [...judged].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const judgedTable =
    judged.length === 0 ? html`<p>None was judged.</p>` : table(sorted, `claims of ${name}`);
  const counts = Object.entries(verdictCounts(claims))
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`);
  const head = html`<h3>Claims: ${counts.join(', ')}</h3>`;
  if (open.length === 0) return html`${head}${judgedTable}`;
  return html`${head}${judgedTable}
<details class="open-claims"><summary>${open.length} not run</summary>
${table(open, `claims of ${name} that were not run`)}
</details>`;
}

function table(claims: readonly ClaimRow[], label: string): Html {
  return html`<div class="wide" role="region" tabindex="0" aria-label="${label}"><table class="claims">
<thead><tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${claims.map(row)}</tbody></table></div>`;
}

function row(claim: ClaimRow): Html {
  const { verdict, id, statement, source, reason, about, section, unit } = claim;
  const resolution = Number(claim.tolerance || 0) || halfInterval(claim);
  const suffix = unit === '' ? '' : ` ${unit}`;
  const tolerance = claim.tolerance ? ` ± ${shortText(claim.tolerance)}` : '';
  const expected = claim.expected ? `${shortText(claim.expected, resolution)}${tolerance}${suffix}` : '';
  const measured = claim.measured ? `${shortText(claim.measured, resolution)}${suffix}` : '';
  const low = shortText(claim.ci95_low, resolution);
  const high = shortText(claim.ci95_high, resolution);
  // An interval without width says that all repetitions agree to the last digit shown, and no more.
  const interval = low === '' || low === high ? '' : `${low} … ${high}`;
  return html`<tr class="${verdictClass(verdict)}" data-verdict="${verdict}" data-about="${about}" data-section="${section}"><td data-title="verdict">${verdict}</td>
<td data-title="claim">${statement}<br><small><code>${id}</code> · ${source}${why(claim)}</small></td>
<td class="number" data-title="expected">${expected}</td><td class="number" data-title="measured">${measured}</td>
<td class="number" data-title="95 % interval">${interval}</td><td data-title="remarks"><small>${shortNumbers(reason ?? '')}</small></td></tr>
`;
}

function why({ tolerance_reason: reason, refined_by: refinedBy }: ClaimRow): Html {
  return html`${reason ? html`<br>tolerated: ${reason}` : ''}${refinedBy ? html`<br>refined by <code>${refinedBy}</code>` : ''}`;
}

function halfInterval({ ci95_low: low, ci95_high: high }: ClaimRow): number {
  return low && high ? (Number(high) - Number(low)) / 2 : 0;
}
