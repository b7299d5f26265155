import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readWith } from '../csv.ts';
import { type Html, html, inlineSvg } from './html.ts';

/** Below a results folder: what `handoff-lab compare` has found. */
export const compareFolder = 'compare';

/** Beside a comparison's table and figure: what it says in words. */
const comparisonRecord = z.object({
  experiment: z.string(),
  measure: z.string(),
  a: z.string(),
  b: z.string(),
  /** what was found, in a sentence */
  sentence: z.string(),
  command: z.string(),
});

export interface ShownComparison extends z.infer<typeof comparisonRecord> {
  /** the name of its files, without what they end in */
  readonly name: string;
  readonly svg: string;
}

/** The comparisons below `dir`, by name; none where nothing was compared. */
export async function loadComparisons(dir: string): Promise<readonly ShownComparison[]> {
  const folder = join(dir, compareFolder);
  const names = await readdir(folder).catch(() => []);
  const records = names.filter((name) => name.endsWith('.json') && !name.endsWith('.vl.json')).sort();
  return Promise.all(
    records.map(async (file) => {
      const record = await readWith(folder, file, (text) => comparisonRecord.parse(JSON.parse(text)));
      const name = file.slice(0, -'.json'.length);
      return { ...record, name, svg: await readFile(join(folder, `${name}.svg`), 'utf8') };
    }),
  );
}

export function comparisonsSection(comparisons: readonly ShownComparison[], base: string): Html {
  if (comparisons.length === 0) return html``;
  return html`<section id="comparisons"><h2>Compared</h2>
${comparisons.map(({ name, svg, sentence, command }, index) => {
  const path = `${base}${compareFolder}/${encodeURIComponent(name)}`;
  return html`<figure aria-labelledby="comparison-${index}-title"><h3 class="headline" id="comparison-${index}-title">${sentence}</h3>
<div class="drawing" role="region" tabindex="0" aria-label="drawing of the comparison">${inlineSvg(svg, `comparison-${index}`)}</div>
<figcaption><code>${command}</code> · <a href="${path}.csv">csv</a> <a href="${path}.svg">svg</a></figcaption></figure>
`;
})}</section>`;
}
