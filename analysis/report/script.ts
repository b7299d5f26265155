import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Html, html } from './html.ts';
import { rawScript } from './raw.ts';

/** The page's programs, whole and in the page: without them nothing is missing but filters, and figures that can be explored. */
export async function programs(explorable: boolean): Promise<Html> {
  const page = rawScript(pageProgram);
  if (!explorable) return html`<script>${page}</script>`;
  return html`<script>${rawScript(await vegaProgram())}</script>
<script>${page}</script>`;
}

/** Vega's runtime (BSD-3-Clause) as its package brings it. */
function vegaProgram(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('vega');
  return readFile(join(dirname(entry), 'vega.min.js'), 'utf8');
}

const pageProgram = `
'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // --- claims by verdict, origin and section
  const filter = document.querySelector('.filter');
  const apply = () => {
    const wanted = all('select', filter).map(({ name, value }) => [name, value]);
    let shown = 0;
    for (const row of all('tr[data-verdict]')) {
      row.hidden = !wanted.every(([name, value]) => value === '' || row.dataset[name] === value);
      if (row.hidden === false) shown += 1;
    }
    const filtered = wanted.some(([, value]) => value !== '');
    for (const part of all('details.open-claims')) part.open = filtered && all('tr[data-verdict]:not([hidden])', part).length > 0;
    document.querySelector('#shown').textContent = filtered ? shown + ' claims shown' : '';
  };
  if (filter) {
    filter.hidden = false;
    filter.addEventListener('change', apply);
  }

  // --- figures that can be explored
  let tip;
  const tell = (handler, event, item, value) => {
    tip?.remove();
    if (value === null || value === undefined || value === '') return;
    tip = document.createElement('div');
    tip.className = 'tip';
    tip.setAttribute('role', 'status');
    const words = Object.entries(typeof value === 'object' ? value : { value });
    const short = (word) => (typeof word === 'number' ? Number(word.toPrecision(6)) : word);
    tip.textContent = words.filter(([name]) => name !== 'kind').map(([name, word]) => name + ': ' + short(word)).join('\\n');
    tip.style.left = Math.min(event.clientX + 12, innerWidth - 220) + 'px';
    tip.style.top = event.clientY + 12 + 'px';
    document.body.append(tip);
  };
  for (const button of all('button.explore')) {
    button.hidden = typeof vega === 'undefined';
    button.addEventListener('click', async () => {
      const figure = document.getElementById(button.dataset.for);
      const place = figure.querySelector('.drawing');
      if (button.still !== undefined) {
        place.replaceChildren(...button.still);
        button.still = undefined;
        button.textContent = 'Explore: zoom, values';
        return;
      }
      const spec = JSON.parse(document.getElementById(button.dataset.for + '-spec').textContent);
      button.still = [...place.childNodes];
      place.replaceChildren();
      button.textContent = 'Back to the still drawing (wheel: zoom, drag: move)';
      const view = new vega.View(vega.parse(spec), { renderer: 'svg', container: place, hover: true });
      view.tooltip(tell);
      await view.runAsync();
    });
  }
})();
`;
