import { chosenParameters } from '../../experiments/chosen-parameters.ts';
import { type Html, html } from './html.ts';

/** What the paper does not say and was chosen, for all experiments alike. */
export function chosenSection(): Html {
  return html`<section id="chosen" aria-labelledby="chosen-heading">
<h2 id="chosen-heading">What was chosen, because the paper does not say it</h2>
<div class="wide" role="region" tabindex="0" aria-label="table: chosen parameters"><table>
<thead><tr><th scope="col">parameter</th><th scope="col">value</th><th scope="col">chosen because</th><th scope="col">evidence</th><th scope="col">what changes with it</th></tr></thead>
<tbody>
${chosenParameters.map(
  ({ name, value, chosen, evidence, sensitivity }) =>
    html`<tr><th scope="row">${name}</th><td>${value}</td><td>${chosen}</td><td>${evidence.replaceAll('`', '')}</td><td>${sensitivity}</td></tr>\n`,
)}</tbody></table></div>
</section>
`;
}
