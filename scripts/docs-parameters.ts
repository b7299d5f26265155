// Makes the tables of docs/parameters.md anew.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parametersPage } from './parameters-page.ts';

const file = join(import.meta.dirname, '../docs/parameters.md');
await writeFile(file, await parametersPage(await readFile(file, 'utf8')));
