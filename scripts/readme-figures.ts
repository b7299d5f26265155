import { existsSync } from 'node:fs';
import { join } from 'node:path';

const shelf = join(import.meta.dirname, '../results');
/** The first of these that is published is what README shows. */
const preferred = ['paper', 'quick'] as const;

/** README with its first figures, and the words below them, from the largest published run. */
export function withPublishedFigures(
  readme: string,
  isPublished = (name: string): boolean => existsSync(join(shelf, name, 'fig12/plots/fig12a.svg')),
): string {
  const run = preferred.find(isPublished) ?? 'quick';
  return readme
    .replaceAll(/\]\(results\/\w+\/fig12\/plots\/(fig12[ab])\.svg\)/g, `](results/${run}/fig12/plots/$1.svg)`)
    .replace(/^Profile `\w+`, virtual clock/m, `Profile \`${run}\`, virtual clock`);
}
