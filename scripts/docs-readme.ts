// Points README's first figures at the largest published run.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withPublishedFigures } from './readme-figures.ts';

const file = join(import.meta.dirname, '../README.md');
await writeFile(file, withPublishedFigures(await readFile(file, 'utf8')));
