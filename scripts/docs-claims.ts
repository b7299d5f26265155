// Writes docs/claims.md from the claims of all experiments.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimsPage } from './claims-page.ts';

await writeFile(join(import.meta.dirname, '../docs/claims.md'), claimsPage());
